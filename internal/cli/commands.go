package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/parallel"
	"github.com/task-assistant/tasc/internal/tree"
	"github.com/task-assistant/tasc/internal/version"
)

func (a *app) vet() *cobra.Command {
	return &cobra.Command{
		Use:     "vet",
		Short:   "Check the specs and the lock",
		Long:    "Vet evaluates the specs against the schema and applies every rule. It writes nothing.",
		Example: "  tasc vet\n  tasc vet -C platform --format json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if _, ok := a.remembered(layout.Root); ok {
				return a.findings(nil)
			}
			_, _, found, err := a.specs()
			if err != nil {
				return err
			}
			return a.findings(found)
		},
	}
}

func (a *app) generate() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Write workflows and runner from the specs",
		Long: "Generate vets the specs, renders every platform into generated/<platform>, or where its outputs\n" +
			"say, and proves the result before it writes. It overwrites and removes only files that it has\n" +
			"generated, and writes nothing at all if anything fails.",
		Example: "  tasc generate\n  tasc generate -C platform\n  tasc generate --out dist",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.runGenerate(out) },
	}
	outFlag(cmd, &out)
	return cmd
}

func outFlag(cmd *cobra.Command, out *string) {
	cmd.Flags().StringVar(out, "out", layout.Root, "folder for the trees that no outputs of the specs name, relative to the project")
}

func (a *app) runGenerate(out string) error {
	drifts, err := a.compare(out)
	if err != nil || drifts == nil {
		return err
	}
	var refused []diag.Diagnostic
	var all []tree.Output
	for _, d := range drifts {
		all = append(all, d.folders...)
		for _, f := range d.folders {
			for _, c := range tree.Refused(f.Changes) {
				refused = append(refused, finding(f, c))
			}
		}
	}
	if len(refused) > 0 {
		return a.findings(refused)
	}
	if err := tree.Write(a.dir, all); err != nil {
		return a.findings([]diag.Diagnostic{cannotWrite(out, "tasc generate", err)})
	}
	for _, d := range drifts {
		a.summary(d)
	}
	a.pending(drifts)
	return a.findings(nil)
}

// cannotWrite is the finding for a write that failed and left everything as it was.
func cannotWrite(dir, verb string, err error) diag.Diagnostic {
	return diag.Diagnostic{
		Rule: "output", Pos: diag.Pos{File: dir}, Message: "cannot write: " + reason(err),
		Expected: "a folder that can be written", Fix: "mend the cause and run `" + verb + "` again; nothing was changed",
	}
}

// summary says in a line what became of one platform's folders.
func (a *app) summary(d drift) {
	changed, removed := 0, 0
	for _, f := range d.folders {
		changed += len(f.Changes)
		for _, c := range f.Changes {
			if c.Kind == tree.Orphan {
				removed++
			}
		}
	}
	fmt.Fprintf(a.progress(), "%s: %d files, %d written, %d removed\n", d.layout.Dir, len(d.files), changed-removed, removed)
}

// pending says which trees were left out and what to do about it.
func (a *app) pending(drifts []drift) {
	for _, o := range drifts {
		for _, p := range o.pending {
			fmt.Fprintf(a.env.Stderr, "tasc: %s\n", p)
		}
	}
}

func (a *app) check() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Compare the generated files with the specs",
		Long: "Check renders what generate would write and compares: a file may be missing, stale (the specs,\n" +
			"the lock or tasc have moved on; it says which), edited by hand, an orphan (no spec generates it\n" +
			"any more), foreign (not ours) or unknown (nobody generated it). It prints a diff from what is\n" +
			"there to what belongs there, and writes nothing.",
		Example: "  tasc check\n  tasc check --format github",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.runCheck(out) },
	}
	outFlag(cmd, &out)
	return cmd
}

func (a *app) runCheck(out string) error {
	drifts, err := a.compare(out)
	if err != nil || drifts == nil {
		return err
	}
	var found []diag.Diagnostic
	for _, d := range drifts {
		found = append(found, a.drifted(d)...)
	}
	a.pending(drifts)
	more, err := a.schemaDrift()
	if err != nil {
		return err
	}
	return a.findings(append(found, more...))
}

// asWhole says once what is true of a whole folder, that nothing of it was generated yet or that its platform is gone,
// and returns the changes that this does not cover.
func asWhole(d tree.Output) (found []diag.Diagnostic, rest []tree.Change) {
	count := map[tree.Kind]int{}
	for _, c := range d.Changes {
		count[c.Kind]++
	}
	var kind tree.Kind
	f := diag.Diagnostic{Rule: "drift", Pos: diag.Pos{File: d.Dir}}
	switch {
	case d.Files == 0 && count[tree.Orphan] > 0 && d.Dir != ".":
		kind = tree.Orphan
		f.Message = fmt.Sprintf("orphan: no platform of the specs is generated here any more, and %d files of one are left", count[kind])
		f.Expected, f.Fix = "no folder", "run `tasc generate`, which removes them"
	case count[tree.Missing] > 0 && count[tree.Missing]+count[tree.Foreign] == d.Files:
		kind = tree.Missing
		f.Message = fmt.Sprintf("missing: none of the %d files that the specs generate is there", d.Files)
		f.Expected, f.Fix = "the files", "run `tasc generate` and commit them"
	default:
		return nil, d.Changes
	}
	return []diag.Diagnostic{f}, slices.DeleteFunc(slices.Clone(d.Changes), func(c tree.Change) bool { return c.Kind == kind })
}

// drifted returns a finding for everything that differs in one platform's folders, and prints how texts do.
func (a *app) drifted(d drift) []diag.Diagnostic {
	var found []diag.Diagnostic
	for _, f := range d.folders {
		whole, rest := asWhole(f)
		found = append(found, whole...)
		for _, c := range rest {
			found = append(found, finding(f, c))
			if a.format == "text" {
				a.printDiff(path.Join(f.Dir, c.Path), c)
			}
		}
	}
	return found
}

func (a *app) printDiff(name string, c tree.Change) {
	if c.Old == nil && c.New == nil || c.Kind == tree.Unknown || c.Kind == tree.Foreign && c.Old == nil {
		return // there is no text to compare
	}
	_, text, _ := bytes.Cut(diff.Diff(name, c.Old, name+" (from the specs)", c.New), []byte("\n")) // its first line says both names, as the next two do
	_, _ = a.env.Stdout.Write(text)
}

// drift is how the folders of one platform differ from what they have to hold.
type drift struct {
	output
	folders []tree.Output
}

// compare runs the whole line but its last step. Drifts are nil where findings were printed instead.
func (a *app) compare(root string) ([]drift, error) {
	root, err := outRoot(root)
	if err != nil {
		return nil, err
	}
	if a.overlay == nil {
		if drifts, ok := a.upToDate(root); ok {
			return drifts, nil
		}
	}
	outputs, found, err := a.compile(root)
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		return nil, a.findings(found)
	}
	abandoned, err := a.abandoned(root, outputs)
	for _, dir := range abandoned {
		outputs = append(outputs, output{layout: layout.Layout{Dir: dir}}) // of a platform that is gone: every file is an orphan
	}
	drifts, errs := make([]drift, len(outputs)), make([]error, len(outputs))
	if err == nil {
		parallel.Do(len(outputs), func(i int) { drifts[i], errs[i] = a.drift(outputs[i]) })
		err = cmp.Or(errs...) // the first, whichever was quickest
	}
	if err != nil {
		return nil, a.findings([]diag.Diagnostic{{
			Rule: "output", Pos: diag.Pos{File: root}, Message: "cannot read the output folder: " + reason(err),
			Expected: "a folder of the project that can be read", Fix: "mend the cause, or move away what stands there",
		}})
	}
	return drifts, nil
}

// abandoned returns the manifests' folders of platforms that are gone.
func (a *app) abandoned(root string, outputs []output) ([]string, error) {
	var known []string
	for _, o := range outputs {
		known = append(known, o.layout.Dir)
	}
	return tree.Abandoned(a.dir, root, known)
}

// outRoot checks what --out names.
func outRoot(dir string) (string, error) {
	if clean := path.Clean(dir); clean != "." && fs.ValidPath(clean) {
		return clean, nil
	}
	return "", fmt.Errorf("--out %s does not name a folder in the project, relative to it and with forward slashes", dir)
}

func (a *app) drift(o output) (drift, error) {
	d := drift{output: o}
	folders, err := tree.Folders(a.dir, o.layout, o.files)
	if err != nil {
		return d, err
	}
	for _, f := range folders {
		changes, err := f.Compare(a.dir)
		if err != nil {
			return d, err
		}
		d.folders = append(d.folders, changes)
	}
	return d, nil
}

// kinds says of each kind what was found, what was expected, and what to do.
var kinds = map[tree.Kind]struct{ message, expected, fix string }{
	tree.Missing:      {"missing: the specs generate this file, and it is not there", "the file", "run `tasc generate` and commit it"},
	tree.Stale:        {"stale: a source of the file has changed since it was generated", "what the specs say now", "run `tasc generate` and commit the result"},
	tree.HandEdit:     {"hand edit: the file was changed after it was generated", "the generated bytes", "move the change into the specs and run `tasc generate`"},
	tree.Mode:         {"mode: the text is right, but whether the file can be executed is not", "the mode of the source", "run `tasc generate` and commit it"},
	tree.Unknown:      {"unknown: nobody generated this file, and it stands among those that are released", "generated files only", "move it away"},
	tree.Orphan:       {"orphan: no spec generates this file any more", "no file", "run `tasc generate`, which removes it"},
	tree.EditedOrphan: {"edited orphan: no spec generates this file any more, and it was changed by hand", "no file", "remove it yourself if nothing in it is needed"},
	tree.Foreign:      {"foreign: a generated file belongs here, and what stands here is not ours", "nothing, or a file that tasc has generated", "move it away and run `tasc generate`"},
}

// stale says of a file as it was generated what has changed since, as far as the manifest tells.
func stale(causes []tree.Cause) (message string, ok bool) {
	var kinds, what []string
	for _, c := range causes {
		switch c.What {
		case "specs":
			kinds, what = append(kinds, "stale"), append(what, "the specs have changed since the file was generated")
		case "lock":
			kinds, what = append(kinds, "lock"), append(what, "tasc.lock has changed since the file was generated")
		case "compiler":
			kinds, what = append(kinds, "compiler version"), append(what, fmt.Sprintf("the file was generated by tasc %s, and this is %s", c.Was, c.Is))
		}
	}
	return strings.Join(kinds, ", ") + ": " + strings.Join(what, "; "), len(what) > 0
}

func finding(o tree.Output, c tree.Change) diag.Diagnostic {
	d := kinds[c.Kind]
	if message, ok := stale(o.Causes); ok && c.Kind == tree.Stale {
		d.message = message
	}
	pos := diag.Pos{File: path.Join(o.Dir, c.Path)}
	if c.Old != nil && c.New != nil && c.Kind != tree.Mode {
		pos.Line, pos.Column = c.FirstLine(), 1
	}
	return diag.Diagnostic{Rule: "drift", Pos: pos, Message: d.message, Expected: d.expected, Fix: d.fix}
}

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of tasc",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.env.Stdout, "tasc", version.Tasc)
			return err
		},
	}
}
