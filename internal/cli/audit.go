package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/task-assistant/tasc/internal/audit"
	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/parallel"
)

func (a *app) audit() *cobra.Command {
	var o auditOptions
	cmd := &cobra.Command{
		Use:   "audit [PATH…]",
		Short: "Judge workflow and action files that anybody wrote",
		Long: "Audit judges workflow and action files without a spec, whoever wrote them. A PATH is a file, or a\n" +
			"folder: then every .github/workflows and every action.yml below it is meant, and those of its own\n" +
			"files that are workflows. Without one it is the folder that tasc works in.\n\n" +
			"What can be mended without a decision is mended with --fix, and shown with --diff: an action is\n" +
			"pinned to the commit that the lock holds for its tag, and an expression in a script becomes a\n" +
			"variable. Nothing else in the file changes, and what --fix has mended is no finding any more.",
		Example: "  tasc audit\n  tasc audit .github/workflows/ci.yml --format github\n  tasc audit --format sarif > tasc.sarif\n  tasc audit --diff ../service",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.runAudit(args, o) },
	}
	cmd.Flags().BoolVar(&o.fix, "fix", false, "mend what can be mended without a decision, and show the difference")
	cmd.Flags().BoolVar(&o.diff, "diff", false, "show what --fix would change, and write nothing")
	return cmd
}

type auditOptions struct{ fix, diff bool }

func (a *app) runAudit(args []string, o auditOptions) error {
	if len(args) == 0 {
		args = []string{"."}
	}
	names, err := a.auditNames(args)
	if err != nil {
		return err
	}
	lk, bad, err := a.auditLock()
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		return a.findings(bad)
	}
	var found []diag.Diagnostic
	for _, r := range a.auditAll(names, lk, o.fix || o.diff) {
		if r.mended != nil {
			_, _ = a.progress().Write(diff.Diff(r.name, r.data, r.name+" (mended)", r.mended))
		}
		if r.mended != nil && o.fix {
			if err := a.mend(r.name, r.mended); err != nil {
				found = append(found, cannotWrite(r.name, "tasc audit --fix", err))
			} else {
				r.findings = audit.Judge(audit.File{Name: r.name, Data: r.mended}, lk).Findings
			}
		}
		found = append(found, r.findings...)
	}
	return a.findings(found)
}

// audited is what is kept of a file: its text only where it is to be mended.
type audited struct {
	name         string
	findings     []diag.Diagnostic
	data, mended []byte
}

// auditAll reads and judges one file after the other on every processor, and lets go of each before the next: thousands of
// files need no more memory than their findings. One that cannot be read is a finding.
func (a *app) auditAll(names []string, lk *lock.Lock, mend bool) []audited {
	out := make([]audited, len(names))
	parallel.Do(len(names), func(i int) {
		out[i].name = names[i]
		data, err := readRegular(a.onDisk(names[i]))
		if err != nil {
			out[i].findings = []diag.Diagnostic{{Rule: audit.RuleYAML, Pos: diag.Pos{File: names[i]}, Message: "cannot read the file: " + reason(err),
				Expected: "a regular file that can be read", Fix: "mend the cause, or leave the file out"}}
			return
		}
		r := audit.Judge(audit.File{Name: names[i], Data: data}, lk)
		out[i].findings = r.Findings
		if r.Fixed != nil && mend {
			out[i].data, out[i].mended = data, r.Fixed
		}
	})
	return out
}

// auditLock reads the lock beside the specs, if there are any here: most folders that are audited have none.
func (a *app) auditLock() (*lock.Lock, []diag.Diagnostic, error) {
	dir, err := a.specDir()
	if err != nil {
		return nil, nil, err
	}
	lk, found := readLock(os.DirFS(a.dir), path.Join(dir, lock.File))
	return lk, a.allLines().Characters(found), nil
}

// auditNames lists the files that the arguments mean, each once.
func (a *app) auditNames(args []string) ([]string, error) {
	var out []string
	for _, arg := range args {
		info, err := os.Stat(a.onDisk(arg))
		if err != nil {
			return nil, fmt.Errorf("%s: %s", arg, cause(err))
		}
		arg = path.Clean(filepath.ToSlash(arg))
		if !info.IsDir() {
			out = append(out, arg)
			continue
		}
		below, err := audit.Find(os.DirFS(a.onDisk(arg)))
		if err != nil {
			return nil, fmt.Errorf("%s: %s", arg, cause(err))
		}
		for _, name := range below {
			out = append(out, path.Join(arg, name))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// onDisk is where a path of the command line leads: -C moves those that are relative.
func (a *app) onDisk(name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(a.dir, name)
}

// readRegular reads no more of a file than is judged: a pipe or a device would not end.
func readRegular(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		return nil, err
	}
	if info.Size() > audit.MaxRead {
		return nil, fmt.Errorf("it has %d bytes, which is more than any workflow", info.Size())
	}
	return os.ReadFile(name)
}

// mend puts a new text in the place of a file, all of it or nothing. A symbolic link is followed by
// reading, and not by writing.
func (a *app) mend(name string, data []byte) (err error) {
	target := a.onDisk(name)
	info, err := os.Lstat(target)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &fs.PathError{Op: "write", Path: name, Err: errors.New("it is a symbolic link")}
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".tasc-audit-*")
	if err != nil {
		return &fs.PathError{Op: "write", Path: name, Err: errors.New(cause(err))} // not the name that it has on its way
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(info.Mode().Perm()), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), target)
}
