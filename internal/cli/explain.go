package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/explain"
)

func (a *app) explain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [RULE]",
		Short: "Say what a rule demands and why",
		Long: "Explain prints what a rule demands, why, an example that fails with what tasc says about it,\n" +
			"and one that passes. RULE is the id that stands in brackets behind a finding. Without one,\n" +
			"explain lists all rules.",
		Example:           "  tasc explain\n  tasc explain engine-ref-floating\n  tasc explain drift --format json",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeRule,
		RunE:              func(_ *cobra.Command, args []string) error { return a.runExplain(args) },
	}
}

func (a *app) runExplain(args []string) error {
	if len(args) == 0 {
		return a.explainAll()
	}
	rule, ok := explain.Find(args[0])
	if !ok {
		return fmt.Errorf("%s", unknown("rule", args[0], explain.IDs(), "`tasc explain` lists all"))
	}
	if a.format == "json" {
		return a.printJSON(rule)
	}
	_, err := fmt.Fprint(a.env.Stdout, rule.Text())
	return err
}

func (a *app) explainAll() error {
	if a.format == "json" {
		var rules []explain.Rule
		for _, id := range explain.IDs() {
			rule, _ := explain.Find(id)
			rules = append(rules, rule)
		}
		return a.printJSON(rules)
	}
	_, err := fmt.Fprint(a.env.Stdout, explain.Table())
	return err
}

func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.env.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// unknown says that what has no such name, with the nearest one, or else where to look.
func unknown(what, name string, known []string, where string) string {
	if s := diag.Suggest(name, known); s != "" {
		where = s
	}
	return fmt.Sprintf("unknown %s %q; %s", what, name, where)
}

// completeRule offers the ids of the rules, with their sentences.
func completeRule(_ *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var out []cobra.Completion
	for _, r := range explain.Briefs() {
		if len(args) == 0 && strings.HasPrefix(r.ID, begun) {
			out = append(out, cobra.CompletionWithDesc(r.ID, r.Doc))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
