package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/task-assistant/tasc/internal/act"
	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/layout"
	"github.com/task-assistant/tasc/internal/local"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/spec"
	"github.com/task-assistant/tasc/internal/tree"
)

// runOptions are the flags of run.
type runOptions struct {
	route, event, eventName, platform, profile, target string
	inputs, vars, secrets, actions                     []string
	secretFile, answers                                string
	fetch, keep, log, buildAct                         bool
}

func (a *app) run() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run [ROUTE]",
		Short: "Execute a route on this machine, against a stand-in GitHub",
		Long: "Run lets an event happen in a monitored repository: what the specs generate is executed, unchanged,\n" +
			"from the stub to the verdict, against a GitHub that listens on this machine alone, with keys made\n" +
			"for the run. It prints what every job did, every token with what it could do, every request and\n" +
			"every record, and whether the run is green. Nothing of the project is changed.\n\n" +
			"The event is that of ROUTE, or of a payload (--event); what the payload lacks is made up. The\n" +
			"monitored repository is a small made-up one, or a folder (--target).\n\n" +
			"Steps run as you, in no container: run only engines that you would run yourself. They get a home\n" +
			"of their own and none of your environment but PATH. Linux or macOS with git, bash and go is needed,\n" +
			"and act, which `tasc run --build-act` builds once. docs/run.md says more.",
		Example: "  tasc run self-test\n  tasc run issue-labelled --event payload.json\n  tasc run --event payload.json --target ../service\n" +
			"  tasc run materialize --input mode=apply --format json\n  tasc run --build-act",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.route = args[0]
			}
			return a.runRun(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.event, "event", "", "file with the event's payload, whole or in part")
	f.StringVar(&o.eventName, "event-name", "", "name of the event, where route and payload do not tell")
	f.StringVar(&o.platform, "platform", "", "platform to run, where there are several")
	f.StringVar(&o.profile, "profile", "", "profile whose stub the monitored repository has")
	f.StringVar(&o.target, "target", "", "folder that plays the monitored repository")
	f.StringArrayVar(&o.inputs, "input", nil, "input of a workflow_dispatch, as name=value")
	f.StringArrayVar(&o.vars, "var", nil, "variable of the monitored repository, as name=value")
	f.StringArrayVar(&o.secrets, "secret", nil, "name of a secret that engines need; its value is that of the environment variable")
	f.StringVar(&o.secretFile, "secret-file", "", "file with secrets that engines need, a line NAME=value each")
	f.StringArrayVar(&o.actions, "action", nil, "folder that stands in for an action, as owner/name@ref=folder")
	f.StringVar(&o.answers, "answers", "", "file with answers that GitHub is to give, as a JSON array")
	f.BoolVar(&o.fetch, "fetch", false, "fetch from the network the actions that are not there yet")
	f.BoolVar(&o.keep, "keep", false, "keep the folder of the run, with repositories, payload and log")
	f.BoolVar(&o.log, "log", false, "print the log of all jobs, too")
	f.BoolVar(&o.buildAct, "build-act", false, "build act from its pinned source, which needs the network once, and do nothing else")
	choices(cmd, "event-name", local.Events())
	must(cmd.MarkFlagDirname("target"))
	return cmd
}

func (a *app) runRun(ctx context.Context, o runOptions) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch {
	case o.buildAct:
		return a.buildAct(ctx)
	case o.route == "" && o.event == "" && o.eventName == "":
		return errors.New("a route or an event is missing: tasc run ROUTE, or tasc run --event FILE")
	}
	set, lk, note, err := a.ready()
	if err != nil || set == nil {
		return err
	}
	p, err := platformOf(set, o.platform)
	if err != nil {
		return err
	}
	c, err := a.runConfig(ctx, o, local.Config{Set: set, Platform: p, Lock: lk})
	if err != nil {
		return err
	}
	if note != "" {
		c.Event.Notes = append(c.Event.Notes, note)
	}
	return a.execute(ctx, o, c)
}

// ready proves what the specs generate, as generate does, and says where the tree is not that. The set is nil where
// findings were printed instead.
func (a *app) ready() (set *spec.Set, lk *lock.Lock, note string, err error) {
	drifts, err := a.compare(layout.Root)
	if err != nil || drifts == nil {
		return nil, nil, "", err
	}
	set, lk, found, err := a.specs()
	if err != nil || len(found) > 0 {
		return nil, nil, "", a.stop(found, err)
	}
	return set, lk, treeNote(drifts), nil
}

// treeNote says what is to be known of the generated files, nothing where they are what the specs say.
func treeNote(drifts []drift) string {
	differ, missing, files := 0, 0, 0
	for _, d := range drifts {
		files += len(d.files)
		for _, f := range d.folders {
			differ += len(f.Changes)
			for _, c := range f.Changes {
				if c.Kind == tree.Missing {
					missing++
				}
			}
		}
	}
	switch {
	case differ == 0:
		return ""
	case missing == files:
		return "nothing is generated here yet: what ran is what tasc generate would write"
	}
	return fmt.Sprintf("the generated files differ from the specs in %d places, and what ran is what the specs say: see tasc check", differ)
}

func platformOf(set *spec.Set, name string) (*spec.Platform, error) {
	var names []string
	for _, p := range set.Platforms {
		if p.Name.Value == name {
			return p, nil
		}
		names = append(names, p.Name.Value)
	}
	switch {
	case name != "":
		return nil, errors.New(unknown("platform", name, names, "expected one of "+strings.Join(names, ", ")))
	case len(names) == 1:
		return set.Platforms[0], nil
	}
	return nil, fmt.Errorf("there are several platforms; choose one with --platform: %s", strings.Join(names, ", "))
}

// cannotRun is the finding for a run that cannot be started, or did not come to its end.
func (a *app) cannotRun(message, expected, fix string) error {
	return a.findings([]diag.Diagnostic{{Rule: "run", Pos: diag.Pos{File: a.spec}, Message: message, Expected: expected, Fix: fix}})
}

// execute finds what is needed, runs, and prints the trace.
func (a *app) execute(ctx context.Context, o runOptions, c local.Config) error {
	for _, tool := range []struct{ name, from string }{{"git", "apt-get install git"}, {"bash", "apt-get install bash"}, {"go", "https://go.dev/doc/install"}} {
		if _, err := exec.LookPath(tool.name); err != nil && (tool.name != "go" || c.Platform.Delivery.Value != "release") {
			return a.cannotRun(tool.name+" is not on PATH", "git, bash, and go where the jobs build the runner", "install it: "+tool.from)
		}
	}
	var err error
	named, _ := a.lookup("TASC_ACT")
	if c.Act, err = act.Find(named, a.env.CacheDir); err != nil {
		return a.cannotRun("act, which executes workflows, is not there: "+reason(err), "the patched act in the cache folder, or where TASC_ACT says",
			"run `tasc run --build-act`, which needs go, git and the network, and about a minute, once")
	}
	c.Shelf = local.Shelf{Dir: filepath.Join(a.env.CacheDir, "actions"), Server: cmp.Or(c.Platform.Server.Value, "https://github.com")}
	if err := a.stockUp(ctx, o, c); err != nil {
		return err
	}
	if c.Dir, err = os.MkdirTemp("", "tasc-run-"); err != nil {
		return a.cannotRun("cannot make a folder for the run: "+reason(err), "a temporary folder that can be written", "name one with TMPDIR")
	}
	fmt.Fprintln(a.env.Stderr, "tasc: the engines' steps run on this machine, as you, in no container")
	defer context.AfterFunc(ctx, func() {
		fmt.Fprintln(a.env.Stderr, "\ntasc: stopping: jobs that run whatever happens go on, for 10 seconds at most")
	})()
	show := a.watch()
	c.Watch = show.event
	trace, log, err := local.Run(ctx, c)
	show.end()
	if o.keep {
		err = errors.Join(err, keepText(c.Dir, trace, log))
		fmt.Fprintf(a.env.Stderr, "tasc: the run is kept in %s\n", c.Dir)
	} else {
		err = errors.Join(err, local.Remove(c.Dir))
	}
	if ctx.Err() != nil {
		return a.cannotRun("the run was stopped: "+context.Cause(ctx).Error(), "a run that comes to its end", "run it again")
	}
	return a.outcome(o, trace, log, err)
}

// outcome prints what became of the run.
func (a *app) outcome(o runOptions, trace local.Trace, log string, err error) error {
	if o.log || err != nil {
		fmt.Fprint(a.progress(), log)
	}
	if err != nil {
		return a.cannotRun(strings.ReplaceAll(err.Error(), "\n", "; "), "a run that comes to its end", "see the log above; --keep keeps everything for a look")
	}
	if a.format == "json" {
		enc := json.NewEncoder(a.env.Stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err = enc.Encode(trace)
	} else {
		err = trace.Print(a.progress())
	}
	traceIsIt := a.format == "text" || a.format == "json" // elsewhere it is for people, and findings are for programs
	switch {
	case err != nil:
		return err
	case !trace.Green && !traceIsIt:
		return a.cannotRun("the run is not green: "+strings.Join(trace.Why, "; "), "a green run", "see what its jobs did")
	case !trace.Green:
		return errFindings
	case o.route != "" && trace.Route != o.route && a.format == "json": // the trace was the one document
		fmt.Fprintf(a.env.Stderr, "tasc: the event started the route %q, not %s\n", trace.Route, o.route)
		return errFindings
	case o.route != "" && trace.Route != o.route:
		return a.cannotRun(fmt.Sprintf("the event started the route %q, not %s", trace.Route, o.route), "an event that starts it", "mend the payload, or leave the route out")
	case !traceIsIt:
		return a.findings(nil)
	}
	return nil
}

// stockUp makes sure that every action of others is there before anything runs.
func (a *app) stockUp(ctx context.Context, o runOptions, c local.Config) error {
	missing := c.Shelf.Missing(c.Actions, c.Given)
	if len(missing) > 0 && !o.fetch {
		return a.cannotRun("actions that the engines use are not on this machine: "+strings.Join(missing, ", "), "a folder for each",
			"run with --fetch, which takes them from "+c.Shelf.Server+" once, or name folders with --action; with their own requests, steps may still need the network")
	}
	for _, action := range missing {
		fmt.Fprintf(a.env.Stderr, "tasc: fetching %s\n", action)
		if err := c.Shelf.Fetch(ctx, action); err != nil {
			return a.cannotRun("cannot fetch "+err.Error(), "an action at "+c.Shelf.Server, "see whether the network is there and the ref exists, or name a folder with --action "+action+"=folder")
		}
	}
	return nil
}

// keepText writes what people look at beside the repositories.
func keepText(dir string, trace local.Trace, log string) error {
	data, err := json.MarshalIndent(trace, "", "  ")
	return errors.Join(err, os.WriteFile(filepath.Join(dir, "trace.json"), append(data, '\n'), 0o600), os.WriteFile(filepath.Join(dir, "log.txt"), []byte(log), 0o600))
}

func (a *app) buildAct(ctx context.Context) error {
	file, err := act.Build(ctx, a.env.CacheDir, a.env.Stderr)
	if err != nil {
		return a.cannotRun("act cannot be built: "+strings.TrimSpace(err.Error()), "go, git, and its source from Go's module proxy or the module cache", "mend the cause and try again")
	}
	fmt.Fprintln(a.progress(), file)
	return nil
}

// watcher shows on a terminal what is going on, in one line that is overwritten.
type watcher struct {
	a  *app
	on bool
}

func (a *app) watch() *watcher {
	return &watcher{a: a, on: a.env.Screen != nil}
}

func (w *watcher) event(e act.Event) {
	if w.on && e.Step != "" {
		_, job, _ := strings.Cut(e.Job, "/")
		fmt.Fprintf(w.a.env.Stderr, "\r\x1b[K%s: %s", job, e.Step)
	}
}

func (w *watcher) end() {
	if w.on {
		fmt.Fprint(w.a.env.Stderr, "\r\x1b[K")
	}
}
