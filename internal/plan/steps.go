package plan

import (
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/limits"
	"github.com/task-assistant/tasc/internal/lock"
)

const (
	trustedTimeout = 30 // minutes; a trusted job takes seconds, but waits up to 20 minutes for the limits of GitHub, and emit then 2.5 for its lanes
	ownTimeout     = 10 // minutes, of the workflows of the platform's own repository
	engineOverhead = limits.JobOverheadMinutes
	defaultTimeout = limits.StepMinutes
	defaultWhen    = "always" // failures do not cascade
	// defaultLogFallback: what an engine found in a public repository may still not be meant for everybody.
	defaultLogFallback = "private-only"
)

// runningCommit is the commit of the workflow file that holds the job. The
// detour through JSON is for readers of workflow files that do not know the
// property yet (docs.github.com/actions/reference/workflows-and-actions/contexts, job context).
// Enterprise Server does not have it: there the stub hands on the commit that it calls, and every job the same.
func (b *builder) runningCommit() expr.Expr {
	if b.facts.Server != "" {
		return expr.Path("inputs.engine_ref")
	}
	toJSON := expr.Call{Func: "toJSON", Args: []expr.Expr{expr.Name("job")}}
	return expr.Prop{X: expr.Call{Func: "fromJSON", Args: []expr.Expr{toJSON}}, Name: "workflow_sha"}
}

// jobContext tells the runner which commit it is of.
func (b *builder) jobContext() Field {
	if b.facts.Server != "" {
		return Field{Name: "RUNNING_COMMIT", Expr: b.runningCommit()}
	}
	return Field{Name: "JOB_CONTEXT", Expr: expr.Call{Func: "toJSON", Args: []expr.Expr{expr.Name("job")}}}
}

// refGate stops a job whose engine_ref is not the commit that runs, before anything is checked out. On Enterprise
// Server nothing but the engine_ref tells that commit.
func (b *builder) refGate() Step {
	if b.facts.Server != "" {
		return b.commitGate()
	}
	return Step{
		Name:   "Refuse any engine_ref but the running commit",
		Env:    []Field{path("ENGINE_REF", "inputs.engine_ref"), {Name: "RUNNING_COMMIT", Expr: b.runningCommit()}},
		Script: refGateScript,
	}
}

const refGateScript = `set -euo pipefail
if [[ ! $ENGINE_REF =~ ^[0-9a-f]{40}$ || $ENGINE_REF != "$RUNNING_COMMIT" ]]; then
  echo "::error title=engine-ref-mismatch::engine_ref is not the commit that is running"
  exit 1
fi
`

// commitGate stops a job where Actions does not say which commit runs: an empty
// ref would check out the default branch, whatever that is by now.
func (b *builder) commitGate() Step {
	return Step{
		Name:   "Refuse to run a commit that is not known",
		Env:    []Field{{Name: "RUNNING_COMMIT", Expr: b.runningCommit()}},
		Script: commitGateScript,
	}
}

const commitGateScript = `set -euo pipefail
if [[ ! $RUNNING_COMMIT =~ ^[0-9a-f]{40}$ ]]; then
  echo "::error title=running-commit-unknown::this runner does not tell which commit it runs (job.workflow_sha); update it"
  exit 1
fi
`

// checkout fetches the platform at a commit, leaving no credentials behind.
func (b *builder) checkout(ref Field) Step {
	return Step{
		Name: "Check out the platform",
		Uses: b.action(lock.Checkout),
		With: []Field{
			text("repository", b.platform.Repository.Value),
			ref,
			bare("persist-credentials", "false"),
		},
	}
}

// buildRunner compiles the runner from the checkout, with no way to the network. It makes a few requests one after the
// other, for which HTTP/1.1 does as well as HTTP/2 and is 0.4 MB less.
func buildRunner() Step {
	return Step{
		Name: "Build the runner with the network cut",
		Env: []Field{
			text("CGO_ENABLED", "0"),
			text("GOENV", "off"),
			text("GOFLAGS", "-mod=readonly -trimpath -buildvcs=false -tags=nethttpomithttp2"),
			text("GOPROXY", "off"),
			text("GOTOOLCHAIN", "local"),
			text("GOWORK", "off"),
		},
		Script: buildRunnerScript,
	}
}

const buildRunnerScript = `set -euo pipefail
go build -C runner -o "$RUNNER_TEMP/task-assistant-runner" ./task-assistant-runner
`

// downloadRunner gets the released runner and compares it with the digest of the lock before it can run. curl reads the
// machine's own configuration, for proxies and certificate authorities of self-hosted machines.
func downloadRunner(d *Download) Step {
	return download(d, "task-assistant-runner", "runner", "Download the runner and compare its digest")
}

// downloadTasc gets tasc itself in the same way.
func downloadTasc(d *Download) Step {
	return download(d, "tasc", "compiler", "Download tasc and compare its digest")
}

// download gets one of tasc's own programs, whose entry in the lock has another name.
func download(d *Download, program, entry, name string) Step {
	step := Step{
		Name:   name,
		Env:    []Field{text("DOWNLOAD_FROM", d.From)},
		Script: strings.NewReplacer("{program}", program, "{entry}", entry).Replace(downloadScript),
	}
	for _, platform := range lock.Platforms {
		digest := ""
		for _, locked := range d.Digests {
			if locked.Platform == platform {
				digest = locked.SHA256
			}
		}
		step.Env = append(step.Env, text(envName(strings.ReplaceAll(platform, "/", "_")), digest))
	}
	return step
}

// The names of machines are those of RUNNER_OS and RUNNER_ARCH
// (docs.github.com/actions/reference/workflows-and-actions/variables). A host that answers, and never to the end, keeps a
// job for the two minutes of one try: after a minute no other is begun.
const downloadScript = `set -euo pipefail
case $RUNNER_OS/$RUNNER_ARCH in
  Linux/X64) platform=linux-amd64 sha256=$LINUX_AMD64 ;;
  Linux/ARM64) platform=linux-arm64 sha256=$LINUX_ARM64 ;;
  *) platform=$RUNNER_OS/$RUNNER_ARCH sha256= ;;
esac
if [[ ! $sha256 =~ ^[0-9a-f]{64}$ ]]; then
  echo "::error title={entry}-not-locked::tasc.lock holds no {entry} for $platform"
  exit 1
fi
file=$RUNNER_TEMP/{program}
curl --fail --silent --show-error --location --proto '=https' --proto-redir '=https' --retry 3 --retry-max-time 60 --max-time 120 --output "$file.download" "$DOWNLOAD_FROM/{program}-$platform"
if ! sha256sum --check --status <<< "$sha256  $file.download"; then
  rm -f "$file.download"
  echo "::error title={entry}-digest-mismatch::what was downloaded is not the {entry} that tasc.lock holds for $platform"
  exit 1
fi
chmod 0755 "$file.download"
mv "$file.download" "$file"
`

// ground is what a job stands on before it does its own: the runner, and the platform's files at a commit. Only
// what is built needs the files first.
func (b *builder) ground(at expr.Expr) []Step { return b.groundAt(Field{Name: "ref", Expr: at}) }

// groundAt is ground for a ref in any form.
func (b *builder) groundAt(ref Field) []Step {
	d := b.download()
	switch {
	case d == nil:
		return []Step{b.checkout(ref), buildRunner()}
	case b.facts.Closed():
		return []Step{downloadRunner(d), b.writeFacts()}
	}
	return []Step{downloadRunner(d), b.checkout(ref)}
}

// writeFacts stands for the checkout that a platform which is not public does not allow: the workflow holds the facts
// itself. No line of them can end the text, since each is a line of indented JSON.
func (b *builder) writeFacts() Step {
	return Step{
		Name:   "Write down the platform's facts",
		Script: "set -euo pipefail\ncat > \"$RUNNER_TEMP/facts.json\" << 'FACTS'\n" + b.factsText + "FACTS\n",
	}
}

// verb is a step that calls the runner.
func verb(name, id, verb string, env ...Field) Step {
	return Step{Name: name, ID: id, Env: env, Script: "set -euo pipefail\n\"$RUNNER_TEMP/task-assistant-runner\" " + verb + "\n"}
}

// trustedVerb is a verb of a trusted job: it reads the platform's facts from its own checkout, or as they were written down.
func (b *builder) trustedVerb(name, id, v string, env ...Field) Step {
	given := []Field{b.factsFile(), text("FACTS_SHA256", b.factsDigest), b.jobContext()}
	return verb(name, id, v, append(given, env...)...)
}

// factsFile is where ground puts the facts.
func (b *builder) factsFile() Field {
	if b.facts.Closed() {
		return temp("FACTS_FILE", "facts.json")
	}
	return text("FACTS_FILE", "runner/facts.json")
}

// trusted is a job that may hold an App key: behind a gate it runs the runner of the commit that is running, and nothing else.
func (b *builder) trusted(gate Step, at expr.Expr, steps ...Step) *Run {
	return &Run{
		RunsOn:         values(b.platform.TrustedRunsOn),
		TimeoutMinutes: trustedTimeout,
		Steps:          slices.Concat([]Step{gate}, b.ground(at), steps),
	}
}

// inputs passes inputs of the calling workflow on as environment variables.
func inputs(names ...string) []Field {
	var out []Field
	for _, n := range names {
		out = append(out, path(envName(n), "inputs."+n))
	}
	return out
}

// outputs hands outputs of a step on as outputs of its job.
func outputs(step string, names ...string) []Field {
	var out []Field
	for _, n := range names {
		out = append(out, path(n, "steps."+step+".outputs."+n))
	}
	return out
}
