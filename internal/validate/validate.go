// Package validate holds the rules: what must hold across a whole set of specs
// and the lock, and what a CUE constraint cannot state.
//
// In: a spec.Set that the schema has accepted, and the lock. Out: findings. A
// rule reports only through its Pass and changes nothing. To add one, add a
// line to Rules, its body to rule_<family>.go, and testdata/<id>.txtar.
package validate

import (
	"fmt"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/spec"
)

// Rule is one invariant.
type Rule struct {
	ID  string // kebab-case, never reused
	Doc string // one sentence that states the invariant
	run func(*pass)
}

// Rules lists every invariant, by family.
var Rules = []Rule{
	{"engine-ref-floating", "engine_ref cannot move: a full version tag or a commit; in development mode also a branch that is not main or master", engineRefFloating},
	{"engine-ref-unlocked", "in marketplace mode spec and lock name the same release", engineRefUnlocked},
	{"action-ref-floating", "every action is used at a full version tag or a commit, also inside composite actions", actionRefFloating},
	{"action-ref-unlocked", "in marketplace mode the lock resolves every action", actionRefUnlocked},
	{"image-ref-floating", "every container image is named by digest", imageRefFloating},
	{"checkout-ref-floating", "a step that checks out a repository by name does so at a commit", checkoutRefFloating},

	{"runner-unlocked", "a runner that is downloaded is that of this tasc, and the lock holds its digests", runnerUnlocked},
	{"runner-mirror", "a mirror is named for a runner that is downloaded", runnerMirror},

	{"compiler-version", "the compiler that the lock holds is this tasc", compilerVersion},
	{"lock-unproven", "in marketplace mode every lock entry was checked against GitHub, unless the platform allows unproven ones", lockUnproven},
	{"lock-unused", "nothing is locked that no spec uses", lockUnused},

	{"route-engine-unknown", "every engine that a route names is declared, and stands in the route once", routeEngineUnknown},
	{"route-order", "two engines run in the same order in every route of a platform", routeOrder},
	{"route-cycle", "no engines wait for each other in a circle over several routes", routeCycle},
	{"engine-unreachable", "every engine is started by a route", engineUnreachable},
	{"class-event", "materialization starts by hand only, enforcement never by hand", classEvent},

	{"route-event", "every route names the event that starts it, and every event leads to one route", routeEvent},
	{"branch-pattern", "the branches of a push are names, or patterns that GitHub takes", branchPattern},
	{"push-paths", "the routes of a profile that start on push have the same paths", pushPaths},
	{"cron-invalid", "a schedule is one that GitHub takes", cronInvalid},
	{"schedule-spread", "a schedule is spread over no more minutes than there are before its next time", scheduleSpread},
	{"input-field-unknown", "an input comes from a field that the event's payload has in a run", inputFieldUnknown},
	{"input-unsupplied", "every event of a route carries what its engines require", inputUnsupplied},
	{"input-dispatch", "inputs that people fill in are one per name, and at most 25", inputDispatch},
	{"client-payload", "the engines of a route require at most 10 members of client_payload", clientPayload},
	{"profile-route-unknown", "every route that a profile names is declared, and every route is in a profile", profileRouteUnknown},
	{"target-form", "a target names a repository or selects some, and a profile of its platform", targetForm},
	{"target-repository", "a target can call the platform, has telemetry of its owner, and is neither the platform nor its telemetry", targetRepository},
	{"target-twice", "no two targets write one file of a repository", targetTwice},
	{"template-placeholder", "no text of a workflow template is a word that GitHub fills in", templatePlaceholder},

	{"step-form", "a step has one of run, script and uses, with only beside uses, and a shell that its script is for", stepForm},
	{"step-id", "the ids of an engine's steps differ in more than case, and from those that tasc gives", stepID},
	{"step-output", "a step takes results of steps that stand before it in the same engine, and none as code", stepOutput},
	{"action-missing", "an action of the platform is among the files of the engine that uses it", actionMissing},
	{"state-shared", "no engine keeps caches or artifacts for another job or run", stateShared},
	{"matrix-form", "a matrix has at most 32 legs, a run at most 256 jobs, and its variables have names of their own and each value once", matrixForm},
	{"input-form", "an input has a source, options if it is a choice, and a default of its type", inputForm},
	{"concurrency-key", "runs are kept apart by the target or by inputs that are short by their type", concurrencyKey},
	{"input-reserved", "no input has the name of a variable or input that has a meaning already", inputReserved},
	{"env-conflict", "inputs, env, vars and secrets of an engine have names of their own, and no key of the platform is among them", envConflict},
	{"env-reserved", "no engine sets a variable that tasc, GitHub or the runner sets", envReserved},
	{"env-duplicate", "no two variables or inputs of a step differ in case alone", envDuplicate},
	{"engine-timeout", "an engine's steps end before its job must", engineTimeout},
	{"platform-size", "a platform has at most 48 engines", platformSize},
	{"concurrency-length", "the name of a concurrency group is never longer than GitHub takes", concurrencyLength},

	{"output-folder", "every tree has a folder of the project to itself", outputFolder},

	{"visibility-delivery", "a platform that is not public has its runner downloaded", visibilityDelivery},
	{"visibility-owner", "a platform that is not public serves repositories of its own owner", visibilityOwner},
	{"telemetry-source", "telemetry names a repository or a registry, and not both", telemetrySource},
	{"telemetry-registry", "the registry is a repository of its own, and preflight alone reads it", telemetryRegistry},
	{"telemetry-repository", "telemetry goes to a repository of its own", telemetryRepository},

	{"expression", "no spec holds a GitHub expression: what is evaluated at run time is written by tasc alone", expression},
	{"text-hidden", "no text of a spec holds a character that people do not see", textHidden},
	{"permission-unknown", "permissions are named as GitHub names them", permissionUnknown},
	{"permission-ceiling", "an engine asks for no more than its class may have", permissionCeiling},
	{"reads-telemetry", "telemetry is read by engines of the class read-only alone", readsTelemetry},
	{"apps-distinct", "in marketplace mode the engine App and the telemetry App are two, and every key has its own secret", appsDistinct},
	{"public-key", "the telemetry App's public keys are RSA keys of 2048 bits or more, each once, and no private key stands in a spec", publicKey},
	{"server-feature", "a platform on an Enterprise Server uses nothing that it lacks", serverFeature},
	{"runs-on-floating", "a runner label names one image", runsOnFloating},
	{"runs-on-shared", "trusted jobs and engine jobs share no self-hosted machine", runsOnShared},

	{"script-syntax", "every script parses as bash", scriptSyntax},
	{"script-push", "no script pushes, or writes commits or refs in another way", scriptPush},
	{"script-pull-request", "no script opens, changes or merges a pull request", scriptPullRequest},
	{"script-workflow", "no script starts or steers a workflow", scriptWorkflow},
	{"script-telemetry", "no script writes telemetry: emit alone does", scriptTelemetry},
	{"script-target-code", "no script fetches the code of the monitored repository", scriptTargetCode},
	{"script-opaque", "no script runs code that cannot be read in it", scriptOpaque},
	{"waiver", "a waiver names a script rule, silences a finding of it and has not run out", waiver}, // after the rules that it silences
}

// Run applies every rule and returns what they found. today is the day (UTC, YYYY-MM-DD) up to which waivers count.
func Run(set *spec.Set, lk *lock.Lock, today string) []diag.Diagnostic {
	p := &pass{set: set, lock: lk, today: today, used: map[*spec.Waiver]bool{}}
	p.readScripts()
	for _, r := range Rules {
		p.rule = r.ID
		r.run(p)
	}
	return p.found
}

// pass is what a rule sees, and where it reports.
type pass struct {
	set     *spec.Set
	lock    *lock.Lock
	today   string
	scripts []stepScript
	used    map[*spec.Waiver]bool
	rule    string
	found   []diag.Diagnostic
}

// finding is a diagnostic without its rule, which the pass knows.
type finding struct {
	pos      diag.Pos
	message  string
	expected string
	fix      string
	notes    []diag.Note
}

func (p *pass) report(f finding) {
	p.found = append(p.found, diag.Diagnostic{Rule: p.rule, Pos: f.pos, Message: f.message, Expected: f.expected, Fix: f.fix, Notes: f.notes})
}

// enginesOf returns the engines that the platform's routes name, each once, in the order of the routes.
func (p *pass) enginesOf(pl *spec.Platform) []*spec.Engine {
	var out []*spec.Engine
	seen := map[string]bool{}
	for _, r := range pl.Routes {
		for _, s := range r.Stages {
			for _, name := range s.Engines {
				if e, ok := p.set.Engine(name.Value); ok && !seen[name.Value] {
					seen[name.Value] = true
					out = append(out, e)
				}
			}
		}
	}
	return out
}

const marketplace = "marketplace"

func q(s string) string { return fmt.Sprintf("%q", s) }
