package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/task-assistant/tasc/internal/delta"
	"github.com/task-assistant/tasc/internal/revision"
)

// failOn are the values of --fail-on.
var failOn = []string{"widened", "any"}

func (a *app) diff() *cobra.Command {
	var o diffOptions
	cmd := &cobra.Command{
		Use:   "diff BASE[..HEAD]",
		Short: "Say what a change lets workflows do that they could not, and what not any more",
		Long: "Diff compares two sides and says in words what is gained and lost: permissions, secrets,\n" +
			"variables, triggers, refs, actions, engines, routes, order, targets. Each change is widened,\n" +
			"narrowed or changed; docs/diff.md says what counts as which.\n\n" +
			"A side is a git revision, whose specs are compiled in memory: BASE..HEAD compares two, BASE...HEAD\n" +
			"begins where HEAD left BASE, and BASE alone is compared with the work tree. Or both are folders, or\n" +
			"both workflow files: a folder with specs is compiled, of any other the workflow files are read.\n" +
			"With --generated no specs are compiled, and the generated files are compared as they stand.\n\n" +
			"--format is text, json, github or markdown, which is for a comment or a job's summary.",
		Example: "  tasc diff main\n  tasc diff origin/main...HEAD --fail-on widened --format github\n" +
			"  tasc diff v1.3.0..v1.4.0 --format markdown >> \"$GITHUB_STEP_SUMMARY\"\n  tasc diff --generated HEAD~1..HEAD\n  tasc diff old/ci.yml new/ci.yml",
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			a.verb = cmd.Name()
			return a.diffFlags(o)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.runDiff(cmd, args, o) },
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
	}
	cmd.Flags().StringVar(&o.failOn, "fail-on", "", "exit 1 if there is such a change: "+strings.Join(failOn, " or "))
	cmd.Flags().BoolVar(&o.generated, "generated", false, "read the generated files as they were committed, and no specs")
	choices(cmd, "fail-on", failOn)
	return cmd
}

type diffOptions struct {
	failOn    string
	generated bool
}

func (o diffOptions) fails(d delta.Direction) bool {
	return o.failOn == "any" || o.failOn == "widened" && d == delta.Widened
}

// diffFlags checks what only diff has: its results have a form more than findings, and are no findings.
func (a *app) diffFlags(o diffOptions) error {
	if o.failOn != "" && !slices.Contains(failOn, o.failOn) {
		return fmt.Errorf("unknown --fail-on %q; expected one of %s", o.failOn, strings.Join(failOn, ", "))
	}
	if !slices.Contains(delta.Formats, a.format) {
		return fmt.Errorf("unknown format %q; diff has %s", a.format, strings.Join(delta.Formats, ", "))
	}
	return nil
}

// runDiff compares two sides and prints what differs.
func (a *app) runDiff(cmd *cobra.Command, args []string, o diffOptions) error {
	sides, end, err := a.sides(cmd, args)
	if err != nil {
		return err
	}
	defer end()
	var found [2]content
	for i, s := range sides {
		r := sideReader{app: a, side: s, generated: o.generated, old: i == 0}
		if found[i], err = r.read(); err != nil {
			return err
		}
	}
	old, new := delta.ReadBoth(found[0].trees, found[1].trees)
	report := delta.NewReport(sides[0].name, sides[1].name, found[0].declare(old), found[1].declare(new))
	report.Fails = o.fails
	if err := report.Write(a.env.Stdout, a.format); err != nil {
		return err
	}
	if slices.ContainsFunc(report.Changes, func(c delta.Change) bool { return o.fails(c.Direction) }) {
		a.printed = true // the changes themselves say what it is that fails
		return errFindings
	}
	return nil
}

// side is one of the two that are compared.
type side struct {
	name string
	fsys fs.FS
	// file is the one workflow file that the side is, "" where it is a folder.
	file string
	// day is that up to which waivers count, "" for today.
	day string
	// project is the folder that tasc works in, in which specs are expected.
	project bool
}

// sides finds what the arguments name. What it has opened is closed by end.
func (a *app) sides(cmd *cobra.Command, args []string) (sides [2]side, end func(), err error) {
	switch len(args) {
	case 1:
		if _, err := os.Lstat(a.onDisk(args[0])); err == nil && strings.ContainsAny(args[0], `/\`) {
			return sides, nil, fmt.Errorf("%s is a file or folder; name two, or a revision of the repository", args[0])
		}
		return a.revisions(cmd, args[0])
	case 2:
		return a.twoFolders(args)
	}
	return sides, nil, fmt.Errorf("%s takes BASE..HEAD, BASE or two folders, and got %d arguments", cmd.CommandPath(), len(args))
}

// revisions finds the sides of BASE..HEAD, BASE...HEAD or BASE; as with git, a name that is left out is HEAD.
func (a *app) revisions(cmd *cobra.Command, arg string) (sides [2]side, end func(), err error) {
	base, head, two := strings.Cut(arg, "..")
	head, sinceLeft := strings.CutPrefix(head, ".")
	names := []string{base}
	if two {
		names = []string{cmp.Or(base, "HEAD"), cmp.Or(head, "HEAD")}
	}
	for _, name := range names {
		if err := revision.CheckName(name); err != nil {
			return sides, nil, err
		}
	}
	repo, err := revision.Open(cmd.Context(), a.dir)
	if err != nil {
		return sides, nil, err
	}
	if err := atCommits(&sides, repo, names, sinceLeft); err != nil {
		repo.Close()
		return sides, nil, err
	}
	if two {
		return sides, repo.Close, nil
	}
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		repo.Close()
		return sides, nil, fmt.Errorf("cannot open the folder %s", reason(err))
	}
	sides[1] = side{name: "the work tree", fsys: root.FS(), project: true}
	return sides, func() { repo.Close(); _ = root.Close() }, nil
}

// atCommits sets a side for each name of a revision; sinceLeft moves the first to where the second left it.
func atCommits(sides *[2]side, repo *revision.Repository, names []string, sinceLeft bool) error {
	commits := make([]revision.Commit, len(names))
	var err error
	for i, name := range names {
		if commits[i], err = repo.Resolve(name); err != nil {
			return err
		}
		sides[i] = side{name: name, project: true}
	}
	if sinceLeft {
		if commits[0], err = repo.MergeBase(commits[0], commits[1]); err != nil {
			return err
		}
		sides[0].name += " (where " + sides[1].name + " left it)"
	}
	for i, c := range commits {
		if sides[i].fsys, err = repo.Files(c); err != nil {
			return err
		}
		sides[i].name += " " + c.Short()
		sides[i].day = c.Time.Format(time.DateOnly)
	}
	return nil
}

// twoFolders finds two folders, or two files.
func (a *app) twoFolders(args []string) (sides [2]side, end func(), err error) {
	var open []*os.Root
	end = func() {
		for _, r := range open {
			_ = r.Close()
		}
	}
	for i, arg := range args {
		sides[i].name = arg
		info, err := os.Stat(a.onDisk(arg))
		if err != nil {
			end()
			return sides, nil, fmt.Errorf("%s: %s; two arguments are two folders or files, and two revisions are one, BASE..HEAD", arg, cause(err))
		}
		dir := a.onDisk(arg)
		if !info.IsDir() {
			dir, sides[i].file = path.Split(dir)
		}
		root, err := os.OpenRoot(path.Clean(dir))
		if err != nil {
			end()
			return sides, nil, fmt.Errorf("%s: %s", arg, cause(err))
		}
		open = append(open, root)
		sides[i].fsys = root.FS()
	}
	if (sides[0].file == "") != (sides[1].file == "") {
		end()
		return sides, nil, errors.New("one of the two is a file and the other a folder; name two of a kind")
	}
	return sides, end, nil
}
