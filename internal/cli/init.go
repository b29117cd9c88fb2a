package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/scaffold"
	"github.com/task-assistant/tasc/internal/tree"
)

// initOptions are the flags of init; answers are by the id of the question, empty where nobody answered.
type initOptions struct {
	answers map[string]*string
	yes     bool
	schema  bool
}

func (a *app) initPlatform() *cobra.Command {
	o := initOptions{answers: map[string]*string{}}
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Begin a platform: specs, lock and schema",
		Long: "Init writes a platform with one example engine, a lock without releases, and the schema for\n" +
			"editors and `cue vet`. On a terminal it asks for what the flags do not say; elsewhere flags\n" +
			"are needed, or --yes, which takes placeholders for what is yours to know. It overwrites nothing.\n\n" +
			"With --schema it writes nothing but the copy of the schema, over one that is stale.",
		Example: "  tasc init\n  tasc init --yes\n  tasc init --repository acme/task-assistant --mode marketplace\n  tasc init --schema",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if o.schema {
				return a.refreshSchema()
			}
			return a.runInit(o)
		},
	}
	f := cmd.Flags()
	for _, q := range scaffold.Questions(scaffold.Owner) {
		o.answers[q.ID] = f.String(q.ID, "", lowerFirst(q.Text))
	}
	f.BoolVarP(&o.yes, "yes", "y", false, "ask nothing and take the defaults")
	f.BoolVar(&o.schema, "schema", false, "write the copy of the schema anew and nothing else")
	choices(cmd, "mode", []string{"development", "marketplace"})
	return cmd
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func (a *app) runInit(o initOptions) error {
	dir, err := a.specDir()
	if err != nil {
		return err
	}
	taken, err := a.taken(dir)
	if err != nil {
		return err
	}
	if len(taken) > 0 {
		return a.findings(taken)
	}
	answers, err := a.ask(o)
	if err != nil {
		return err
	}
	files := scaffold.Files(dir, answers)
	if err := a.create(files); err != nil {
		return a.findings([]diag.Diagnostic{cannotWrite(dir, "tasc init", err)})
	}
	_, _, found, err := a.specs()
	if err != nil || len(found) > 0 {
		return a.stop(found, err)
	}
	a.next(dir, answers)
	return a.findings(nil)
}

// taken says, in one finding, what stands where init would write. A CUE module that is there already is kept.
func (a *app) taken(dir string) ([]diag.Diagnostic, error) {
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the folder %s", reason(err))
	}
	defer root.Close()
	names, err := fs.Glob(root.FS(), path.Join(dir, "*.cue"))
	for _, f := range scaffold.Files(dir, map[string]string{}) {
		if _, statErr := root.Lstat(f.Path); statErr == nil && f.Path != scaffold.Module && !slices.Contains(names, f.Path) {
			names = append(names, f.Path)
		}
	}
	if len(names) == 0 || err != nil {
		return nil, err
	}
	slices.Sort(names)
	found := diag.Diagnostic{Rule: "output", Pos: diag.Pos{File: dir}, Message: "a project is here already, and init overwrites nothing",
		Expected: "none of these files", Fix: "go on with it (`tasc vet`), or begin elsewhere with -C or --spec"}
	for _, name := range names {
		found.Notes = append(found.Notes, diag.Note{Pos: diag.Pos{File: name}, Message: "it is there"})
	}
	return []diag.Diagnostic{found}, nil
}

// create writes the files that are not there.
func (a *app) create(files []scaffold.File) error {
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	out := tree.Output{Dir: "."}
	for _, f := range files {
		if _, err := root.Lstat(f.Path); errors.Is(err, fs.ErrNotExist) {
			out.Changes = append(out.Changes, tree.Change{Kind: tree.Missing, Path: f.Path, New: f.Data})
		}
	}
	if err := tree.Write(a.dir, []tree.Output{out}); err != nil {
		return err
	}
	for _, c := range out.Changes {
		fmt.Fprintln(a.progress(), c.Path)
	}
	return nil
}

// ask returns an answer to every question: a flag's, a person's, or the default.
func (a *app) ask(o initOptions) (map[string]string, error) {
	answers, missing := map[string]string{}, []string{}
	lines := bufio.NewScanner(a.env.Stdin)
	a.introduce(o)
	owner := scaffold.Owner
	for i := range scaffold.Questions(owner) {
		q := scaffold.Questions(owner)[i]
		given, err := *o.answers[q.ID], error(nil)
		switch {
		case given != "":
			if problem := load.Check(q.Field, given); problem != "" {
				return nil, fmt.Errorf("--%s %q: %s", q.ID, given, problem)
			}
		case o.yes || !a.env.IsTerminal():
			if given = q.Initial; q.Own && !o.yes {
				missing = append(missing, "--"+q.ID)
			}
		default:
			given, err = a.prompt(lines, q)
		}
		if err != nil {
			return nil, err
		}
		answers[q.ID] = given
		if q.ID == "repository" {
			owner, _, _ = strings.Cut(given, "/")
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("standard input is not a terminal, so nobody can be asked; give %s, or --yes for placeholders", strings.Join(missing, ", "))
	}
	return answers, nil
}

// introduce says how to answer, where anything will be asked.
func (a *app) introduce(o initOptions) {
	for _, q := range scaffold.Questions(scaffold.Owner) {
		if *o.answers[q.ID] == "" && !o.yes && a.env.IsTerminal() {
			fmt.Fprint(a.env.Stderr, "Enter takes what stands in brackets. What you do not know yet, such as an App that is\n"+
				"still to be made, can stay as it is: platform.cue will hold every answer.\n\n")
			return
		}
	}
}

// prompt asks until the answer suits the schema; an empty one is the default.
func (a *app) prompt(lines *bufio.Scanner, q scaffold.Question) (string, error) {
	for {
		fmt.Fprintf(a.env.Stderr, "%s [%s]: ", q.Text, q.Initial)
		if !lines.Scan() {
			fmt.Fprintln(a.env.Stderr)
			return "", errors.New("the input ended before every question was answered; nothing was written")
		}
		answer := strings.TrimSpace(lines.Text())
		if answer == "" {
			return q.Initial, nil
		}
		problem := load.Check(q.Field, answer)
		if problem == "" {
			return answer, nil
		}
		fmt.Fprintf(a.env.Stderr, "  %s\n", problem)
	}
}

// next says what remains to be done: first what needs nobody else, then what only a person can do on GitHub.
func (a *app) next(dir string, answers map[string]string) {
	owner, _, _ := strings.Cut(answers["repository"], "/")
	telemetry := strings.Replace(answers["telemetry"], "{owner}", owner, 1)
	fmt.Fprintf(a.progress(), `
Next, on this machine:
  1. Read %[1]s/platform.cue and %[1]s/hello.cue, make them your own, and run tasc vet.
     Every field is explained in %[2]s.
  2. Run tasc generate, look at what tasc graph draws, and commit all of it.

Then, on GitHub:
  3. Create the repository %[4]s and two GitHub Apps.
     The engine App is installed on the repositories to monitor, with the permissions that
     the engines ask for; the telemetry App on %[4]s alone, with
     contents: write. Check their client ids and slugs in %[1]s/platform.cue.
  4. Store the Apps' private keys and a random handover key as the Actions secrets that
     %[1]s/platform.cue names, for the repositories to monitor.
  5. Run tasc release v0.1.0, and push branch and tag to %[3]s.
  6. Commit generated/task-assistant/host/standard to a repository to monitor, and push there.
`, dir, scaffold.SchemaDir, answers["repository"], telemetry)
}
