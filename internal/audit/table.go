package audit

import "embed"

// Cases are the worked examples of the rules, as package explain reads them.
//
//go:embed testdata/*.txtar
var Cases embed.FS

// Rule is one invariant of a single file.
type Rule struct {
	ID  string // kebab-case, begins with audit-, never reused
	Doc string // one sentence that states the invariant
	run func(*pass)
}

// RuleYAML is reported by the reader of files, before any rule.
const RuleYAML = "audit-yaml"

// MaxRead bounds what need be read of a file: anything larger is refused by its size alone.
const MaxRead = 16 << 20

// Rules lists every invariant, by family.
var Rules = []Rule{
	{RuleYAML, "a file is one YAML mapping that GitHub can read, and no key stands twice", func(*pass) {}},
	{"audit-shape", "a workflow or action has the parts that GitHub demands, each of its kind", shape},

	{"audit-action-ref", "every action and every called workflow is used at a commit", actionRef},
	{"audit-action-comment", "the comment behind a pin names the release that tasc.lock has for its commit", actionComment},
	{"audit-image-ref", "every container image is named by digest", imageRef},
	{"audit-checkout-ref", "a checkout that names a ref or another repository does so at a commit", checkoutRef},

	{"audit-injection", "no script takes text that others write as code", injection},
	{"audit-environment-file", "no script hands text of others to what sets variables and paths for later steps", environmentFile},
	{"audit-download", "no script runs what it has just downloaded", download},

	{"audit-permissions", "what the token of a job may do is written down", permissionsMissing},
	{"audit-permissions-broad", "no job has a token for everything, and none has one for what only another job writes", permissionsBroad},
	{"audit-permissions-unused", "no job may write what no step of it has the token for", permissionsUnused},
	{"audit-secrets-inherit", "a called workflow gets its secrets by name", secretsInherit},
	{"audit-secrets-whole", "no expression takes all secrets, or a part of one", secretsWhole},
	{"audit-credentials", "no password, key or token stands in a file", credentials},
	{"audit-checkout-credentials", "no checkout leaves the job's token behind on the disk", checkoutCredentials},

	{"audit-untrusted-checkout", "no event that brings secrets checks out code of strangers", untrustedCheckout},
	{"audit-self-hosted", "no pull request runs on a machine of one's own", selfHosted},
	{"audit-timeout", "every job has a timeout", timeout},

	{"audit-preflight", "every engine that a dispatcher calls needs preflight", preflightFirst},
	{"audit-engine-ref", "the dispatcher chooses one engine_ref, and every engine runs at what it was given", engineRefDrift},
	{"audit-engine-trigger", "engines and emit are called, and start on no event", engineTrigger},
	{"audit-engine-correlation", "an engine makes no correlation id", engineCorrelation},
	{"audit-engine-telemetry", "an engine writes no telemetry itself", engineTelemetry},
	{"audit-emit-path", "telemetry is emitted on every path of an engine", emitPath},
}
