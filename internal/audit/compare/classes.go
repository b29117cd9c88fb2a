package main

// The pairs of rules that ask for the same. What else the two find is not tasc's question, or of a server: types,
// contexts, labels and cron for actionlint; advisories, archived or impostor repositories and caches for zizmor.
const (
	injected    = "text of others in scripts"
	files       = "environment files"
	pins        = "pins of actions"
	images      = "pins of images"
	permissions = "permissions"
	kept        = "credentials of a checkout"
	events      = "dangerous events"
	machines    = "machines of one's own"
	inherited   = "secrets: inherit"
	whole       = "secrets as a whole"
	passwords   = "passwords of registries"
	form        = "the file's form"
)

var actionlintPairs = []pair{
	{what: injected, theirs: []string{"expression"}, message: "is potentially untrusted", ours: []string{"audit-injection"}},
	{what: passwords, theirs: []string{"credentials"}, ours: []string{"audit-credentials"}},
	{what: form, theirs: []string{"syntax-check"}, ours: []string{"audit-yaml", "audit-shape"}},
}

var actionlintClasses = []class{
	{pair: injected, weAlone: true, message: `inputs\.`, why: "inputs of a dispatch or a caller: actionlint takes them for trusted"},
	{pair: form, message: `anchor ".*" is defined but not used`, why: "an anchor that nothing uses: GitHub reads the file"},
	{pair: form, message: `plain text node|integer value|float|boolean literal|invalid value|input type`, why: "the type or the value of a key: left to actionlint"},
	{pair: form, message: `should not be empty|must be|must have|is scalar node|expected mapping|must be configured|section is|for string value`, why: "the kind of a part that audit does not look at: left to actionlint"},
	{pair: form, message: `unexpected key|expected "\w+" key|is only available`, why: "a key that is none of its part: audit reports one that is nearly a known key"},
	{pair: form, message: `case insensitive`, why: "keys that differ in case"},
	{pair: form, message: `recursive alias|unexpected alias`, why: "a value that holds itself: audit follows none"},
}

var zizmorPairs = []pair{
	{what: injected, theirs: []string{"template-injection"}, ours: []string{"audit-injection"}},
	{what: files, theirs: []string{"github-env"}, ours: []string{"audit-environment-file"}},
	{what: pins, theirs: []string{"unpinned-uses"}, ours: []string{"audit-action-ref"}},
	{what: images, theirs: []string{"unpinned-images"}, ours: []string{"audit-image-ref"}},
	{what: permissions, theirs: []string{"excessive-permissions"}, ours: []string{"audit-permissions", "audit-permissions-broad", "audit-permissions-unused"}},
	{what: kept, theirs: []string{"artipacked"}, ours: []string{"audit-checkout-credentials"}},
	{what: events, theirs: []string{"dangerous-triggers"}, ours: []string{"audit-untrusted-checkout"}},
	{what: machines, theirs: []string{"self-hosted-runner"}, ours: []string{"audit-self-hosted"}},
	{what: inherited, theirs: []string{"secrets-inherit"}, ours: []string{"audit-secrets-inherit"}},
	{what: whole, theirs: []string{"overprovisioned-secrets", "unredacted-secrets"}, ours: []string{"audit-secrets-whole"}},
	{what: passwords, theirs: []string{"hardcoded-container-credentials"}, ours: []string{"audit-credentials"}},
}

// ignored is a comment by which zizmor keeps a finding back.
const ignored = `zizmor: ignore\[`

var zizmorClasses = []class{
	{pair: injected, line: `github\.(triggering_actor|event_name|repository|actor|sha|run_id)|\)\.number|\.number `, why: "logins, numbers, names of events and repositories: nobody can write code there"},
	{pair: injected, line: `secrets\.`, why: "a secret: nobody else writes it"},
	{pair: injected, line: `result`, why: "the result of a job: one of four words"},
	{pair: injected, line: `steps\.[\w-]+\.outputs`, why: "the output of an action: what it holds stands in another file"},
	{pair: injected, line: `matrix\.(frob|bar)`, why: "a value of the matrix that stands in the file, or holds the name of the owner"},
	{pair: injected, line: `foo\.bar|baz\.qux`, why: "contexts that GitHub does not have"},
	{pair: injected, line: `fromJSON\(inputs`, why: "an input that only decides which of two texts of the file comes"},
	{pair: files, file: `github-env/action\.yml`, why: "text of an action's own commands and variables, of which nothing tells that others write it"},
	{pair: pins, weAlone: true, line: ignored, why: "a comment that ignores it"},
	{pair: kept, weAlone: true, line: ignored, why: "a comment that ignores it"},
	{pair: pins, weAlone: true, message: `is not of the form`, why: "a path with . or .. or empty parts: zizmor's rule obfuscation"},
	{pair: pins, weAlone: true, message: `does not name a folder`, why: "$/ with a ref, which GitHub refuses"},
	{pair: permissions, weAlone: true, message: `has the token`, why: "a permission that no step has the token for: a rule that zizmor has not"},
	{pair: permissions, weAlone: true, line: ignored, why: "a comment that ignores it"},
	{pair: events, why: "an event by itself, with no checkout: audit reports what it is dangerous for"},
	{pair: machines, line: `runs-on`, why: "an event that strangers do not cause: zizmor takes every one, for its persona auditor"},
}
