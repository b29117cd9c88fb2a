package cli

import (
	"fmt"
	"os"
	"path"

	"github.com/spf13/cobra"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/tree"
)

func (a *app) fmt() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "fmt",
		Short: "Lay out the spec files",
		Long: "Fmt lays out the CUE files of the spec folder the way `cue fmt` does: comments stay, and a\n" +
			"second run changes nothing. It names the files that it has rewritten. With --check it writes\n" +
			"nothing, and a file that differs is a finding. If any file is not CUE, no file is written.",
		Example: "  tasc fmt\n  tasc fmt --check\n  tasc fmt --check --format github",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.runFmt(check) },
	}
	cmd.Flags().BoolVar(&check, "check", false, "name the files that differ and write nothing; exit 1 if there are any")
	return cmd
}

func (a *app) runFmt(check bool) error {
	files, found, err := a.unformatted()
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return a.findings(found)
	}
	changes := tree.Output{Dir: path.Clean(a.spec)}
	for _, f := range files {
		c := tree.Change{Kind: tree.Stale, Path: path.Base(f.Path), Old: f.Old, New: f.New, WasExecutable: f.Executable, Executable: f.Executable}
		changes.Changes = append(changes.Changes, c)
		found = append(found, diag.Diagnostic{Rule: "format", Pos: diag.Pos{File: f.Path, Line: c.FirstLine(), Column: 1},
			Message: "the file is not laid out as `tasc fmt` does", Expected: "one layout for all specs", Fix: "run `tasc fmt`"})
	}
	if check {
		return a.findings(found)
	}
	if err := tree.Write(a.dir, []tree.Output{changes}); err != nil {
		return a.findings([]diag.Diagnostic{cannotWrite(changes.Dir, "tasc fmt", err)})
	}
	for _, f := range files {
		fmt.Fprintln(a.progress(), f.Path)
	}
	return a.findings(nil)
}

// unformatted returns the spec files whose layout differs.
func (a *app) unformatted() ([]load.Unformatted, []diag.Diagnostic, error) {
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot open the folder %s", reason(err))
	}
	defer root.Close()
	dir, err := a.specDir()
	if err != nil {
		return nil, nil, err
	}
	files, found := load.Format(root.FS(), dir)
	return files, a.allLines().Characters(found), nil
}
