package delta

// Kind is one kind of fact: what its coming, going and changing say, and when that widens.
type Kind struct {
	// ID is stable; it is the kind of a Change.
	ID string
	// Group is the heading that people read it under.
	Group string
	// presence is what it means that there is such a fact: Widened where there is more that can be done, Narrowed
	// where it holds something back. Either way widens where eitherWay is set: one trust is replaced by another.
	presence  Direction
	eitherWay bool
	// values is what another value means; nil where that is neither more nor less.
	values order
	// Added, Removed and Changed are sentences with {what}, {before} and {after}.
	Added, Removed, Changed string
	// Widens says when it counts as widened, and Why that matters; "" where it never does.
	Widens, Why string
	// unit kinds are places that other facts belong to. What a unit that comes or goes means is told by what belongs to it.
	unit bool
}

// order compares two values of one kind.
type order func(before, after string) Direction

// Kinds lists every kind, in the order in which people read them.
var Kinds = []Kind{
	{ID: "unreadable", Group: "unreadable", presence: Widened, values: trust, Added: "a file that cannot be judged: {after}", Removed: "a file that could not be judged is gone: {before}", Changed: "a file that cannot be judged, with other bytes: {after}",
		Widens: "it is new or has changed", Why: "what cannot be read can do anything"},

	{ID: "platform", Group: "platforms", presence: Widened, unit: true, Added: "new platform {what}", Removed: "platform {what} is gone", Changed: "platform renamed from {before} to {after}",
		Widens: "it is new", Why: "a platform acts with Apps and secrets of its own"},
	{ID: "mode", Group: "platforms", values: rank("marketplace", "development"), Changed: "mode is {after}, and was {before}",
		Widens: "it goes from marketplace to development", Why: "development mode accepts refs that can move"},
	{ID: "visibility", Group: "platforms", values: rank("private", "internal", "public"), Changed: "the platform's repository is {after}, and was {before}",
		Widens: "more people can read it", Why: "sources and logs are open to more people"},
	{ID: "repository", Group: "platforms", values: trust, Changed: "the platform's repository is {after}, and was {before}",
		Widens: "it is another", Why: "workflows, runner and engines come from there"},
	{ID: "server", Group: "platforms", presence: Widened, eitherWay: true, values: trust, Added: "the platform is on the server {after}", Removed: "the platform is on github.com, and was on {before}", Changed: "the platform is on the server {after}, and was on {before}",
		Widens: "it is another", Why: "tokens and keys go there"},
	{ID: "app", Group: "platforms", values: trust, Changed: "the {what} App is {after}, and was {before}",
		Widens: "it is another", Why: "another App's permissions count"},
	{ID: "app-slug", Group: "platforms", Changed: "the {what} App's name is {after}, and was {before}"},
	{ID: "public-key", Group: "platforms", presence: Widened, Added: "records signed by the key {what} are accepted", Removed: "records signed by the key {what} are not accepted any more",
		Widens: "it is new", Why: "whoever holds the private key can author records"},
	{ID: "telemetry", Group: "platforms", values: trust, Changed: "records go to {after}, and went to {before}",
		Widens: "it is another place", Why: "records are written there, with a token that can write there"},
	{ID: "log-fallback", Group: "platforms", values: rank("private-only", "always"), Changed: "records that could not be stored are printed: {after}, and were: {before}",
		Widens: "it goes from private-only to always", Why: "records come into logs that anybody can read"},
	{ID: "download", Group: "platforms", presence: Widened, Added: "jobs download {what}: {after}", Removed: "jobs do not download {what} any more", Changed: "jobs download another {what}: {after}, and downloaded {before}",
		Widens: "it comes from another address", Why: "it runs beside the App keys"},
	{ID: "unproven", Group: "platforms", presence: Widened, Added: "lock entries that were never checked against GitHub are accepted", Removed: "lock entries have to be proven",
		Widens: "allow_unproven is turned on", Why: "nobody has compared these commits with their tags"},
	{ID: "ephemeral", Group: "platforms", presence: Widened, Added: "the specs say that self-hosted machines take one job each", Removed: "the specs do not say any more that self-hosted machines take one job each",
		Widens: "it is said", Why: "trusted jobs and engines may then share a label"},
	{ID: "output", Group: "platforms", presence: Changed, Added: "the tree {what} goes to {after}", Removed: "the tree {what} goes to its usual folder, and went to {before}", Changed: "the tree {what} goes to {after}, and went to {before}"},
	{ID: "title", Group: "platforms", Changed: "the title is {after}, and was {before}"},

	{ID: "lock", Group: "lock", values: proven, Changed: "what the lock says of {what} is {after}, and was {before}",
		Widens: "a proof is lost, or the actions inside are others", Why: "what stands behind the version is less certain, or other code"},

	{ID: "engine", Group: "engines", presence: Widened, unit: true, Added: "new engine {what}", Removed: "engine {what} is gone", Changed: "engine renamed from {before} to {after}",
		Widens: "it is new", Why: "more code runs on monitored repositories"},
	{ID: "class", Group: "engines", values: rank("read-only", "enforcement", "materialization"), Changed: "class is {after}, and was {before}",
		Widens: "it is raised", Why: "the class bounds what the engine may write"},
	{ID: "permission", Group: "engines", presence: Widened, values: rank("read", "write"), Added: "the engine's token gets {what}: {after}", Removed: "the engine's token loses {what}: {before}", Changed: "the engine's token has {what}: {after}, and had {before}",
		Widens: "it is new, or read becomes write", Why: "it holds on every monitored repository"},
	{ID: "reads-telemetry", Group: "engines", presence: Widened, Added: "the engine gets a token that reads telemetry", Removed: "the engine gets no token that reads telemetry any more",
		Widens: "it is new", Why: "it reads the records of every monitored repository of the owner"},
	{ID: "input", Group: "engines", presence: Changed, Added: "takes {what} from the event: {after}", Removed: "does not take {what} from the event any more", Changed: "takes {what} from the event otherwise: {after}; it was {before}"},
	{ID: "matrix", Group: "engines", presence: Changed, Added: "runs once for each of: {after}", Removed: "runs once, and ran for each of: {before}", Changed: "runs once for each of: {after}; it was {before}"},
	{ID: "waiver", Group: "engines", presence: Widened, values: later, Added: "findings of {what} are silenced until {after}", Removed: "findings of {what} are not silenced any more", Changed: "findings of {what} are silenced until {after}, and were until {before}",
		Widens: "it is new, or lasts longer", Why: "a rule does not speak where it would"},

	{ID: "route", Group: "routes", presence: Widened, unit: true, Added: "new route {what}", Removed: "route {what} is gone", Changed: "route renamed from {before} to {after}",
		Widens: "it is new", Why: "there is another way to start engines"},
	{ID: "route-event", Group: "routes", presence: Widened, values: wider, Added: "starts on {what}", Removed: "does not start on {what} any more", Changed: "starts on {what} of {after}, and of {before} before",
		Widens: "an event is new, or a filter wider", Why: "more can start its engines"},
	{ID: "route-schedule", Group: "routes", presence: Widened, values: oftener, Added: "starts at {after}", Removed: "does not start at a time any more; it did at {before}", Changed: "starts at {after}, and did at {before}",
		Widens: "it is new, or more often", Why: "its engines run more often"},
	{ID: "route-engine", Group: "routes", presence: Widened, Added: "runs engine {what}", Removed: "does not run engine {what} any more",
		Widens: "it is new", Why: "the route's events start more code"},
	{ID: "order", Group: "routes", presence: Narrowed, Added: "makes engine {what}", Removed: "no longer makes engine {what}",
		Widens: "it is lost", Why: "the later engine relied on the earlier one"},
	{ID: "when", Group: "routes", presence: Narrowed, Added: "runs engine {what}", Removed: "no longer runs engine {what}",
		Widens: "it is lost", Why: "a failure stops it no longer"},

	{ID: "target", Group: "targets", presence: Widened, unit: true, Added: "new target {what}", Removed: "target {what} is gone",
		Widens: "it is new", Why: "more repositories get workflows with keys of the platform"},
	{ID: "target-topics", Group: "targets", presence: Narrowed, values: mirrored(wider), Added: "only repositories with the topics {after}", Removed: "also repositories without the topics {before}", Changed: "repositories with the topics {after}; they were {before}",
		Widens: "fewer topics are asked for", Why: "more repositories are taken"},
	{ID: "target-except", Group: "targets", presence: Narrowed, values: mirrored(wider), Added: "without the repositories {after}", Removed: "also the repositories {before}", Changed: "without the repositories {after}; it was without {before}",
		Widens: "fewer are left out", Why: "more repositories are taken"},
	{ID: "target-deliver", Group: "targets", values: rank("pull-request", "commit"), Changed: "delivered as {after}, and as {before} before",
		Widens: "a pull request becomes a commit", Why: "nobody there has to agree"},
	{ID: "profile", Group: "targets", presence: Widened, unit: true, Added: "new profile {what}", Removed: "profile {what} is gone", Changed: "profile renamed from {before} to {after}",
		Widens: "it is new", Why: "repositories that take it are another kind of host"},
	{ID: "template", Group: "targets", presence: Widened, unit: true, Added: "new workflow template {what}, which is not the profile's stub", Removed: "workflow template {what}, which was not the profile's stub, is gone", Changed: "workflow template renamed from {before} to {after}",
		Widens: "it is new", Why: "repositories that take it get another workflow than the profile's"},

	{ID: "workflow", Group: "workflows", presence: Changed, unit: true, Added: "new file", Removed: "the file is gone", Changed: "renamed from {before} to {after}",
		Widens: "it is new, and so is a trigger, permission, secret or the like in it", Why: "it can do what its parts can"},

	{ID: "trigger", Group: "triggers", presence: Widened, Added: "starts on {what}", Removed: "does not start on {what} any more",
		Widens: "it is new", Why: "more can start it"},
	{ID: "filter", Group: "triggers", presence: Narrowed, values: wider, Added: "{what} are only {after}", Removed: "{what} are all, and were only {before}", Changed: "{what} are {after}, and were {before}",
		Widens: "it is lost, or lets more through", Why: "more can start it"},
	{ID: "schedule", Group: "triggers", presence: Widened, values: oftener, Added: "starts at {after}", Removed: "does not start at a time any more; it did at {before}", Changed: "starts at {after}, and did at {before}",
		Widens: "it is new, or more often", Why: "it runs more often"},

	{ID: "job", Group: "jobs", presence: Changed, unit: true, Added: "new job {what}", Removed: "job {what} is gone", Changed: "job renamed from {before} to {after}",
		Widens: "it is new, and so is a permission, a secret or the like in it", Why: "it can do what its parts can"},
	{ID: "step", Group: "jobs", presence: Changed, unit: true, Added: "new step {what}", Removed: "step {what} is gone", Changed: "step renamed from {before} to {after}",
		Widens: "it is new, and so is a permission, a secret or the like in it", Why: "it can do what its parts can"},
	{ID: "environment", Group: "jobs", presence: Widened, eitherWay: true, Added: "runs in the environment {what}", Removed: "does not run in the environment {what} any more",
		Widens: "it comes or goes", Why: "an environment brings its secrets, and its reviewers go with it"},
	{ID: "machine", Group: "jobs", presence: Widened, values: hosted, Added: "runs on {after}", Removed: "does not run on {before} any more", Changed: "runs on {after}, and ran on {before}",
		Widens: "it is self-hosted or unknown, and was GitHub's", Why: "a machine that is not thrown away keeps what a job leaves, and may be in your network"},
	{ID: "timeout", Group: "jobs", presence: Narrowed, Added: "ends after {after} minutes", Removed: "ends after GitHub's 360 minutes, and after {before} before", Changed: "ends after {after} minutes, and after {before} before",
		Widens: "it is lost", Why: "a machine can be held for six hours"},
	{ID: "concurrency", Group: "jobs", presence: Narrowed, Added: "runs of one group do not overlap: {after}", Removed: "runs may overlap; they did not in one group: {before}", Changed: "runs do not overlap in the group {after}; it was {before}",
		Widens: "it is lost", Why: "runs that were kept apart meet"},
	{ID: "options", Group: "jobs", presence: Widened, eitherWay: true, values: trust, Added: "a container has {what}: {after}", Removed: "a container has no {what} any more; it had {before}", Changed: "a container has {what}: {after}, and had {before}",
		Widens: "they come, go or change", Why: "options of a container can open the machine below it"},

	{ID: "token", Group: "permissions", presence: Widened, values: rank("read", "unstated", "write"), Added: "GITHUB_TOKEN gets {what}: {after}", Removed: "GITHUB_TOKEN loses {what}: {before}", Changed: "GITHUB_TOKEN has {what}: {after}, and had {before}",
		Widens: "it is new or raised; one that no permissions bound is unstated", Why: "whatever runs in the job can use it"},

	{ID: "secret-name", Group: "secrets", presence: Widened, Added: "secret {what} is used", Removed: "secret {what} is not used any more",
		Widens: "it is new", Why: "what it opens is in reach of a job"},
	{ID: "secret", Group: "secrets", presence: Widened, Added: "secret {what} comes here", Removed: "secret {what} does not come here any more",
		Widens: "it reaches another job or step", Why: "what runs there can use it"},
	{ID: "credentials", Group: "secrets", presence: Widened, Added: "the checkout leaves its token on the disk", Removed: "the checkout leaves no token on the disk any more",
		Widens: "it does", Why: "every later step of the job can use it"},

	{ID: "variable-name", Group: "variables", presence: Widened, Added: "variable {what} is used", Removed: "variable {what} is not used any more",
		Widens: "it is new", Why: "whoever sets it decides what a job reads"},
	{ID: "variable", Group: "variables", presence: Widened, Added: "variable {what} comes here", Removed: "variable {what} does not come here any more",
		Widens: "it reaches another job or step", Why: "whoever sets it decides what the job reads"},

	{ID: "gate", Group: "conditions", presence: Narrowed, Added: "only if {what}", Removed: "no longer only if {what}",
		Widens: "it is lost", Why: "the job or step runs where it was held back"},
	{ID: "gate-missing", Group: "conditions", presence: Widened, Added: "the routes demand what is not there: {what}", Removed: "there is again what the routes demand: {what}",
		Widens: "it is found", Why: "the dispatcher does not hold back what the routes say"},
	{ID: "status", Group: "conditions", presence: Widened, values: rank("success()", "failure()", "!cancelled()", "always()"), Added: "runs {after}, also where what it waits for failed", Removed: "runs only where what it waits for succeeded, and ran {before}", Changed: "runs {after}, and ran {before}",
		Widens: "failure or cancellation stops it no longer", Why: "it runs where it was held back"},
	{ID: "needs", Group: "conditions", presence: Narrowed, Added: "waits for {what}", Removed: "does not wait for {what} any more",
		Widens: "it is lost", Why: "it ran only behind that job"},
	{ID: "continue", Group: "conditions", presence: Widened, Added: "its failure stops nothing (continue-on-error: {after})", Removed: "its failure counts again", Changed: "its failure counts otherwise (continue-on-error: {after}, and {before} before)",
		Widens: "it is new", Why: "what it would have held back goes on"},

	{ID: "action", Group: "actions", presence: Widened, Added: "new: {what}", Removed: "{what} is not used any more",
		Widens: "it is new", Why: "somebody else's code runs with what the job holds"},
	{ID: "ref", Group: "actions", presence: Changed, values: pins, Added: "uses {what} at {after}", Removed: "does not use {what} any more", Changed: "{what} is at {after}, and was at {before}",
		Widens: "it was a commit, and is a ref that can move; or the version is the same, and the commit another", Why: "its owner decides what runs, and did not say so by a new version"},
	{ID: "image", Group: "actions", presence: Widened, Added: "new: image {what}", Removed: "image {what} is not used any more",
		Widens: "it is new", Why: "somebody else's code runs with what the job holds"},
	{ID: "image-ref", Group: "actions", presence: Changed, values: pins, Added: "uses the image {what} at {after}", Removed: "does not use the image {what} any more", Changed: "image {what} is at {after}, and was at {before}",
		Widens: "it was a digest, and is a tag that can move", Why: "its owner decides later what runs"},
	{ID: "checkout", Group: "actions", presence: Widened, values: pins, Added: "checks out {what} at {after}", Removed: "does not check out {what} any more", Changed: "checks out {what} at {after}, and at {before} before",
		Widens: "it is another repository, or was a commit and is a ref that can move", Why: "what is checked out can be run"},

	{ID: "step-order", Group: "scripts", presence: Changed, Changed: "steps run in another order: {after}; it was {before}"},
	{ID: "script", Group: "scripts", presence: Changed, Added: "new script", Removed: "the script is gone", Changed: "the script has changed"},

	{ID: "source", Group: "files", presence: Changed, Added: "new source {what}", Removed: "source {what} is gone", Changed: "source {what} has changed"},
	{ID: "runner", Group: "files", presence: Changed, Added: "new file {what} of the runner", Removed: "file {what} of the runner is gone", Changed: "file {what} of the runner has changed"},
	{ID: "file", Group: "files", presence: Changed, Added: "new file {what}", Removed: "file {what} is gone", Changed: "file {what} has changed"},

	{ID: "setting", Group: "settings", presence: Changed, Added: "{what}: {after}", Removed: "no {what} any more; it was {before}", Changed: "{what}: {after}; it was {before}"},
}

// byID is the place of each kind in Kinds.
var byID = func() map[string]int {
	out := make(map[string]int, len(Kinds))
	for i, k := range Kinds {
		out[k.ID] = i
	}
	return out
}()

// kindOf finds a kind; every fact has one that the table knows.
func kindOf(id string) *Kind { return &Kinds[byID[id]] }

// added is what it means that such a fact is new.
func (k *Kind) added() Direction {
	if k.presence == "" {
		return Changed
	}
	return k.presence
}

// removed is what it means that it is gone.
func (k *Kind) removed() Direction {
	if k.eitherWay {
		return Widened
	}
	return k.added().Mirror()
}

// changed is what another value means.
func (k *Kind) changed(before, after string) Direction {
	if k.values == nil {
		return Changed
	}
	return k.values(before, after)
}
