package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

var shells = []string{"bash", "fish", "powershell", "zsh"}

// completion takes the place of cobra's own verb, which answers a shell that it does not know with its help and exit code 0.
func (a *app) completion() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the completion script for a shell",
		Long: "Completion prints a script that completes verbs, flags, formats and rule ids in bash, fish,\n" +
			"powershell or zsh. The script for bash needs the package bash-completion.",
		Example: "  source <(tasc completion bash)\n" +
			"  tasc completion bash > /etc/bash_completion.d/tasc\n" +
			"  tasc completion zsh > \"${fpath[1]}/_tasc\"\n" +
			"  tasc completion fish > ~/.config/fish/completions/tasc.fish\n" +
			"  tasc completion powershell | Out-String | Invoke-Expression",
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: shells,
		RunE:      func(cmd *cobra.Command, args []string) error { return a.runCompletion(cmd.Root(), args) },
	}
}

func (a *app) runCompletion(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return errors.New("a shell is missing; expected one of " + strings.Join(shells, ", "))
	}
	switch args[0] {
	case "bash":
		return root.GenBashCompletionV2(a.env.Stdout, true)
	case "fish":
		return root.GenFishCompletion(a.env.Stdout, true)
	case "powershell":
		return root.GenPowerShellCompletionWithDesc(a.env.Stdout)
	case "zsh":
		return root.GenZshCompletion(a.env.Stdout)
	}
	return fmt.Errorf("unknown shell %q; expected one of %s", args[0], strings.Join(shells, ", "))
}

// completeFlags says what the shared flags can be followed by; no verb takes files as arguments.
func completeFlags(root *cobra.Command) {
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	choices(root, "format", formats)
	must(root.MarkPersistentFlagDirname("dir"))
	must(root.MarkPersistentFlagDirname("spec"))
	must(root.MarkPersistentFlagFilename("summary"))
}

// choices completes a flag that has a fixed set of values.
func choices(cmd *cobra.Command, flag string, values []string) {
	must(cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)))
}

// must is for what fails only where the program names a flag that it does not have.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
