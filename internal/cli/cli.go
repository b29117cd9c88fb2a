// Package cli is the command line of tasc: it runs the straight line
//
//	load → validate → plan → render → verify → tree
//
// and each command is a prefix of it. What comes from the world (folder,
// streams, environment) enters through Env and nowhere else.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/task-assistant/tasc/internal/cache"
	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/version"
)

// Env is the world as a command sees it.
type Env struct {
	// Dir is the folder that commands work in unless -C names another.
	Dir            string
	Stdout, Stderr io.Writer
	// Stdin is read by init alone, and only where IsTerminal says that a person is there to be asked.
	Stdin      io.Reader
	IsTerminal func() bool
	// Screen is the terminal that Stderr is; nil where it is a file, a pipe or a log.
	Screen *diag.Screen
	// Limits are for the evaluation of specs; the zero value stands for DefaultLimits.
	Limits Limits
	// Now tells the day up to which waivers count; nothing that is generated depends on it.
	Now func() time.Time
	// LookupEnv reads the environment, for run alone; nil stands for an empty one.
	LookupEnv func(name string) (string, bool)
	// CacheDir is the folder in which run finds act and the actions of others.
	CacheDir string
	// Cache remembers what came of specs without findings; nil remembers nothing.
	Cache *cache.Cache
}

// The exit codes of tasc.
const (
	ExitOK       = 0
	ExitFindings = 1 // findings or drift
	ExitUsage    = 2
	ExitBug      = 3 // a bug of ours, or of CUE's
)

// errFindings says that the findings are printed and the command has failed.
var errFindings = errors.New("findings")

// errCUE says that the findings are printed, and that they are CUE's fault.
var errCUE = errors.New("a bug of CUE")

// bugError is a failure that no input can be blamed for.
type bugError struct{ what string }

func (e *bugError) Error() string { return e.what }

// Run executes one command line and returns the process's exit code. Whatever
// goes wrong inside tasc becomes a message, never a stack trace.
func Run(ctx context.Context, env Env, args []string) (code int) {
	if env.Limits == (Limits{}) {
		env.Limits = DefaultLimits
	}
	a := &app{env: env, args: args}
	defer a.background.Wait()
	defer func() {
		if r := recover(); r != nil {
			code = a.bug(fmt.Sprint(r))
		}
	}()
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	var bug *bugError
	switch code := exitCode(err); {
	case errors.As(err, &bug):
		return a.bug(bug.what)
	case errors.Is(err, errNoVerb):
		root.SetOut(env.Stderr) // the table of verbs is what was missing
		_ = root.Help()
		a.failed(diag.Diagnostic{Rule: "usage", Message: err.Error(), Fix: "run `tasc --help`"}, code)
		return code
	case errors.As(err, new(*fs.PathError)): // of standard output, a full disk for one
		fmt.Fprintf(env.Stderr, "tasc: %v\n", err)
		a.failed(diag.Diagnostic{Rule: "output", Message: err.Error(), Expected: "files and streams that can be read and written", Fix: "mend the cause and run tasc again"}, code)
		return code
	case code == ExitUsage:
		fmt.Fprintf(env.Stderr, "tasc: %v\nRun `%s --help` for usage.\n", err, cmd.CommandPath())
		a.failed(diag.Diagnostic{Rule: "usage", Message: err.Error(), Fix: "run `" + cmd.CommandPath() + " --help`"}, code)
		return code
	default:
		return code
	}
}

// exitCode tells what an error means to the shell. Any but those that are ours is about how tasc was called.
func exitCode(err error) int {
	switch bug := (*bugError)(nil); {
	case err == nil:
		return ExitOK
	case errors.Is(err, errFindings):
		return ExitFindings
	case errors.Is(err, errCUE), errors.As(err, &bug):
		return ExitBug
	}
	return ExitUsage
}

func (a *app) bug(what string) int {
	fmt.Fprintf(a.env.Stderr, "tasc: internal error: %s\nThis is a bug of tasc; nothing was written. Please report it with the specs that led here.\n", what)
	a.failed(diag.Diagnostic{Rule: "bug", Message: "internal error: " + what, Fix: "report it with the files that led here; nothing was written"}, ExitBug)
	return ExitBug
}

// app holds the flags that all commands share.
type app struct {
	env    Env
	args   []string
	verb   string
	dir    string
	spec   string
	format string
	// summaryFile takes a summary of the findings in Markdown; none where it is empty.
	summaryFile string
	day         string // what today returns
	// inputs knows what the specs were read from.
	inputs *cache.Recorder
	// printed says that findings are out: in a format for programs they are one document.
	printed bool
	// lines are those that findings are about; allLines knows them.
	lines *diag.Lines
	// overlay are files as they will be once a release is written; nil for every other command.
	overlay map[string][]byte
	// background is what a command need not wait for, but the process does.
	background sync.WaitGroup
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:               "tasc",
		Short:             "Compile Task Assistant specs into pinned GitHub workflows",
		Long:              longRoot,
		SilenceErrors:     true,
		SilenceUsage:      true,
		Version:           version.Tasc,
		Args:              verb,
		RunE:              func(*cobra.Command, []string) error { return errNoVerb },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.checkFlags(cmd) },
	}
	root.SetOut(a.env.Stdout)
	root.SetErr(a.env.Stderr)
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	f := root.PersistentFlags()
	f.StringVarP(&a.dir, "dir", "C", a.env.Dir, "work in this folder")
	f.StringVar(&a.spec, "spec", "engines", "folder of the specs, relative to the project")
	f.StringVar(&a.format, "format", "text", "how findings are printed: "+strings.Join(formats, ", "))
	f.StringVar(&a.summaryFile, "summary", "", "add the findings, in Markdown, to this file; in a workflow \"$GITHUB_STEP_SUMMARY\"")
	root.AddCommand(a.vet(), a.generate(), a.check(), a.diff(), a.release(), a.audit(), a.fmt(), a.initPlatform(), a.explain(), a.graph(), a.run(), a.completion(), a.version())
	completeFlags(root)
	return root
}

const longRoot = `tasc compiles CUE specs of engines into pinned GitHub workflows and a small runner.

Results go to standard output and findings to standard error. With --format json, github
or sarif it is the findings, and whatever else goes wrong, that go to standard output, and
what tasc says of its work to standard error. Exit codes: 0 ok, 1 findings or drift, 2
usage, 3 a bug of tasc or of CUE.

What came of specs without findings is remembered in the user's cache folder, so that
a run over unchanged files is over at once. TASC_CACHE=off turns that off, and so does CI.`

// errNoVerb says that tasc was called without a verb.
var errNoVerb = errors.New("a command is missing")

// verb refuses what stands in the place of a verb and is none.
func verb(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	all := names(root)
	return errors.New(unknown("command", args[0], all, "expected one of "+strings.Join(all, ", ")))
}

// noArgs is for verbs that work on the whole project: a folder after them is meant for a flag.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%s takes no argument, and %q is one; -C names the folder to work in, --spec that of the specs", cmd.CommandPath(), args[0])
}

func names(root *cobra.Command) []string {
	var out []string
	for _, c := range root.Commands() {
		if c.Name() != "help" {
			out = append(out, c.Name())
		}
	}
	return out
}

func (a *app) checkFlags(cmd *cobra.Command) error {
	a.verb = cmd.Name()
	if slices.Contains(formats, a.format) {
		return nil
	}
	return fmt.Errorf("unknown format %q; expected one of %s", a.format, strings.Join(formats, ", "))
}
