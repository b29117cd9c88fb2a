// Package spec holds specs as their authors wrote them: the platforms and
// engines of one CUE package, every leaf with its position.
//
// Nothing here is defaulted, resolved or derived; that is plan's work. The
// shape follows the definitions in schema/, field by field.
package spec

import (
	"slices"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
)

// Set is all that one spec package declares, sorted by name.
type Set struct {
	Platforms []*Platform
	Engines   []*Engine
	// Dir is the folder of the package, relative to the project.
	Dir string
	// Digest is the sha256 (hex) of the CUE files of the package, names and bytes.
	Digest string
	// Files are the engine sources that any engine names in files, sorted by path.
	Files []File
}

// Engine returns the engine of that name.
func (s *Set) Engine(name string) (*Engine, bool) {
	i, ok := slices.BinarySearchFunc(s.Engines, name, func(e *Engine, name string) int { return strings.Compare(e.Name.Value, name) })
	if !ok {
		return nil, false
	}
	return s.Engines[i], true
}

// String is a text with the place where it stands.
type String struct {
	Value string
	Pos   diag.Pos
}

// Int is a whole number with the place where it stands; Pos is invalid where the field is absent.
type Int struct {
	Value int
	Pos   diag.Pos
}

// Flag is a bool with the place where it stands; Pos is invalid where the field is absent.
type Flag struct {
	Value bool
	Pos   diag.Pos
}

// Pair is one field of an open struct such as env or with. Literal is set for
// a number or a bool, which YAML writes without quotes. Where Output is set
// (its Pos is valid), Value is empty: it is an earlier step's id, a dot, and
// the name of its output.
type Pair struct {
	Key     String
	Value   String
	Literal bool
	Output  String
}

// Result returns the parts of Output.
func (p Pair) Result() (id, name string) {
	id, name, _ = strings.Cut(p.Output.Value, ".")
	return id, name
}

// Platform is schema.#Platform.
type Platform struct {
	Name              String
	Title             String
	Repository        String
	Visibility        String
	Server            String
	Mode              String
	EngineRef         String
	AllowUnproven     bool
	EngineApp         App
	TelemetryApp      App
	HandoverKeySecret String
	Telemetry         String
	LogFallback       String // "" where it is absent
	Delivery          String
	Mirror            String
	TrustedRunsOn     []String
	EnginesRunsOn     []String
	Ephemeral         Flag
	Routes            []*Route
	Profiles          []*Profile
	Targets           []Target

	// RegistryRepository and RegistryPath have an invalid Pos where there is no registry, as Telemetry where there is one.
	RegistryRepository String
	RegistryPath       String
	// Outputs are folders by tree, in the order of the spec.
	Outputs []Pair
}

// Route returns the route of that name.
func (p *Platform) Route(name string) (*Route, bool) {
	for _, r := range p.Routes {
		if r.Name.Value == name {
			return r, true
		}
	}
	return nil, false
}

// Profile returns the profile of that name.
func (p *Platform) Profile(name string) (*Profile, bool) {
	for _, pr := range p.Profiles {
		if pr.Name.Value == name {
			return pr, true
		}
	}
	return nil, false
}

// App is schema.#App.
type App struct {
	ClientID         String
	Slug             String
	PrivateKeySecret String
	// PublicKeys are those of schema.#TelemetryApp.
	PublicKeys []String
}

// Route is schema.#Route; an event that the route does not name is nil or empty.
type Route struct {
	Name                    String
	Push                    *Push
	IssueTypes              []String
	Schedules               []Schedule
	WorkflowDispatch        *Event
	RepositoryDispatchTypes []String
	Stages                  []Stage
}

// Schedule is schema.#Schedule.
type Schedule struct {
	Cron          String
	SpreadMinutes Int
}

// Event is an event that has no filters.
type Event struct{ Pos diag.Pos }

// Push is the push event with its filters.
type Push struct {
	Pos      diag.Pos
	Branches []String
	Paths    []String
}

// Stage is schema.#Stage.
type Stage struct {
	Pos     diag.Pos
	Engines []String
	When    String
}

// Profile is schema.#Profile.
type Profile struct {
	Name     String
	Routes   []String
	Template Template
}

// Template is schema.#Template; a field that is absent is empty.
type Template struct {
	Name         String
	Description  String
	Icon         String
	Categories   []String
	FilePatterns []String
}

// Target is schema.#Target; Select is nil where it is absent.
type Target struct {
	Pos        diag.Pos
	As         String
	Repository String
	Select     *Select
	Profile    String
	Deliver    String
}

// Select is what a target says of repositories that it does not name.
type Select struct {
	Pos    diag.Pos
	Owner  String
	Topics []String
	Except []String
}

// Engine is schema.#Engine.
type Engine struct {
	Name           String
	Summary        String
	Class          String
	Permissions    []Pair
	ReadsTelemetry Flag
	Inputs         []Input
	Matrix         []MatrixVariable
	ConcurrencyBy  []String
	Queue          String
	RunsOn         []String // none where it is absent
	TimeoutMinutes Int
	Env            []Pair
	Vars           []String
	Secrets        []String
	Files          []String
	Steps          []Step
	Waive          []Waiver
}

// MatrixVariable is one field of a matrix; its values are texts, also where they are written as numbers or bools.
type MatrixVariable struct {
	Name   String
	Values []String
}

// Legs is the number of jobs that the engine's matrix makes of one; 0 where it has none.
func (e *Engine) Legs() int {
	if len(e.Matrix) == 0 {
		return 0
	}
	n := 1
	for _, v := range e.Matrix {
		n *= len(v.Values)
	}
	return n
}

// Waiver is schema.#Waiver.
type Waiver struct {
	Pos    diag.Pos
	Rule   String
	Reason String
	Until  String // YYYY-MM-DD
}

// PermissionScopes are the repository permissions of a GitHub App that an engine may name, written as in a workflow file
// (docs.github.com/rest/authentication/permissions-required-for-github-apps).
var PermissionScopes = []string{"actions", "attestations", "checks", "contents", "deployments", "discussions", "issues", "metadata", "packages", "pages", "pull-requests", "statuses", "vulnerability-alerts"}

// Input is schema.#Input. From is by event, in the order of the spec; its value is "true" for workflow_dispatch.
type Input struct {
	Name        String
	Type        String
	From        []Pair
	Optional    bool
	Default     *Pair
	Options     []String
	Description String
}

// Source returns where an event's payload holds the value.
func (i Input) Source(event string) (String, bool) {
	for _, f := range i.From {
		if f.Key.Value == event {
			return f.Value, true
		}
	}
	return String{}, false
}

// Step is schema.#Step; ID, Run, Script, Shell and Uses have an invalid Pos where they are absent.
type Step struct {
	Pos    diag.Pos
	Name   String
	ID     String
	Run    String
	Script String // a path
	Shell  String
	Uses   String
	With   []Pair
	Env    []Pair
	// Code is what the shell reads: Run, or the text of the file that Script names.
	Code String
	// Marks lead from the text of Code into its file, sorted; none where Run is not one literal.
	Marks []Mark
}

// Mark says that from Offset (in bytes) on a text stands at Pos, byte for byte, up to the next mark.
type Mark struct {
	Offset int
	Pos    diag.Pos
}

// At returns where the byte at offset of Code stands; where that is not known, where Code begins.
func (s Step) At(offset int) diag.Pos {
	pos := s.Code.Pos
	for _, m := range s.Marks {
		if m.Offset > offset {
			break
		}
		pos = m.Pos
		pos.Column += offset - m.Offset
	}
	return pos
}

// File is a source that the platform tree carries; Path is relative to the spec package, with forward slashes.
type File struct {
	Path       string
	Executable bool
	Data       []byte
}

// Carried tells whether entries of files stand for a path: they name it, or a folder that it is in.
func Carried(path string, entries map[string]bool) bool {
	for !entries[path] {
		i := strings.LastIndexByte(path, '/')
		if i < 0 {
			return false
		}
		path = path[:i]
	}
	return true
}
