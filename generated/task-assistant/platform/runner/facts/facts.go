// Package facts holds what a runner must know of the platform it serves.
//
// The compiler writes the facts of a platform to runner/facts.json and their
// sha256 into every workflow; the runner reads both and refuses a pair that
// does not belong together. These types are the only description of that file:
// compiler and runner share them.
package facts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// Facts describes one platform.
type Facts struct {
	// Platform is the platform's name in the spec.
	Platform string `json:"platform"`
	Title    string `json:"title"`
	// Repository is the owner/name that holds workflows, runner and engines.
	Repository string `json:"repository"`
	// Visibility of that repository: "public", "private" or "internal".
	Visibility string `json:"visibility"`
	// Server is the address of the GitHub Enterprise Server that the platform is on, "" for github.com.
	Server string `json:"server,omitempty"`
	// Mode is "marketplace" or "development".
	Mode      string    `json:"mode"`
	Apps      Apps      `json:"apps"`
	Telemetry Telemetry `json:"telemetry"`
	// Routes and Engines are sorted by name.
	Routes  []Route  `json:"routes"`
	Engines []Engine `json:"engines"`
}

// Apps are the GitHub Apps of a platform. In development mode both may be the same.
type Apps struct {
	Engine    App `json:"engine"`
	Telemetry App `json:"telemetry"`
}

// App names one GitHub App by what is public of it.
type App struct {
	ClientID string `json:"client_id"`
	Slug     string `json:"slug"`
	// PublicKeys are the keys, in PEM, one of which belongs to what the App signs; several while its key is
	// being replaced. Only the telemetry App has any.
	PublicKeys []string `json:"public_keys,omitempty"`
}

// Telemetry says where records go.
type Telemetry struct {
	// Repository is "{owner}/name", where {owner} stands for the target's owner, or a literal owner/name;
	// "" where there is a Registry.
	Repository string `json:"repository,omitempty"`
	// Registry is the file that says it instead, nil where there is none. Preflight alone reads it.
	Registry *Registry `json:"registry,omitempty"`
	// LogFallback is "always" or "private-only": the logs in which a record that no lane took is printed.
	LogFallback string `json:"log_fallback"`
}

// SweepEvent is the type of the repository_dispatch with which emit asks the telemetry repository for a sweep.
const SweepEvent = "tasc-sweep"

// Registry is a file on the default branch of a repository of the operators.
type Registry struct {
	// Repository is its owner/name.
	Repository string `json:"repository"`
	Path       string `json:"path"`
}

// Route is one way from an event to engines.
type Route struct {
	Name   string  `json:"name"`
	On     On      `json:"on"`
	Stages []Stage `json:"stages"`
}

// On holds the events that start a route; a member that is nil or empty means that the event does not.
type On struct {
	Push *Push `json:"push,omitempty"`
	// Issues are the actions of an issues event.
	Issues           []string          `json:"issues,omitempty"`
	Schedule         []Schedule        `json:"schedule,omitempty"`
	WorkflowDispatch *WorkflowDispatch `json:"workflow_dispatch,omitempty"`
	// RepositoryDispatch are the event types of a repository_dispatch.
	RepositoryDispatch []string `json:"repository_dispatch,omitempty"`
}

// Push is a push to the default branch of the target, or to the branches that match one of Branches.
type Push struct {
	Branches []string `json:"branches,omitempty"`
}

// Schedule is a time of the schedule event.
type Schedule struct {
	// Cron is the text, word for word as a workflow has it that is not spread.
	Cron string `json:"cron"`
	// SpreadMinutes is over how many minutes the targets are spread; 0 means that all start at once.
	SpreadMinutes int `json:"spread_minutes,omitempty"`
}

// WorkflowDispatch is a manual start, with the route's name as the choice of the input "route".
type WorkflowDispatch struct{}

// Stage is a set of engines that run side by side once the stages before it ended.
type Stage struct {
	Engines []string `json:"engines"`
	// When is "always" or "all-succeeded".
	When string `json:"when"`
}

// Engine is what the runner must know of one engine.
type Engine struct {
	Name string `json:"name"`
	// Class is "read-only", "enforcement" or "materialization".
	Class string `json:"class"`
	// Permissions are those of the engine's own token on the target, without metadata.
	Permissions map[string]string `json:"permissions,omitempty"`
	// ReadsTelemetry gives it a token that reads the telemetry repository.
	ReadsTelemetry bool `json:"reads_telemetry,omitempty"`
	// Inputs are sorted by name.
	Inputs []Input `json:"inputs,omitempty"`
	// Legs are the combinations of the engine's matrix, each its values by name; none where it has no matrix.
	Legs []map[string]string `json:"legs,omitempty"`
}

// Input is a typed value that plan takes from the event.
type Input struct {
	Name string `json:"name"`
	// Type is "string", "number", "boolean" or "choice"; Options are those of a choice.
	Type    string   `json:"type"`
	Options []string `json:"options,omitempty"`
	// From is by event: the path of the value in the payload.
	From     map[string]string `json:"from"`
	Required bool              `json:"required"`
	// Default is taken where the event does not carry the value; nil where there is none.
	Default *string `json:"default,omitempty"`
}

// Output returns the name under which plan hands an input of an engine on.
// No engine's name holds an underscore, so no two are the same.
func (i Input) Output(engine string) string { return engine + "__" + i.Name }

// Route returns the route of that name.
func (f *Facts) Route(name string) (Route, bool) {
	for _, r := range f.Routes {
		if r.Name == name {
			return r, true
		}
	}
	return Route{}, false
}

// Closed reports whether nobody can check the platform out without a token.
func (f *Facts) Closed() bool { return f.Visibility != "public" }

// Engine returns the engine of that name.
func (f *Facts) Engine(name string) (Engine, bool) {
	for _, e := range f.Engines {
		if e.Name == name {
			return e, true
		}
	}
	return Engine{}, false
}

// TelemetryRepository returns the owner/name that takes the records of target (owner/name), "" where a registry says so.
func (f *Facts) TelemetryRepository(target string) string {
	owner, _, _ := strings.Cut(target, "/")
	return strings.Replace(f.Telemetry.Repository, "{owner}", owner, 1)
}

// Encode returns the bytes of facts.json, the same on every machine.
func Encode(f Facts) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(f); err != nil {
		panic(err) // plain strings, slices and maps always encode
	}
	return b.Bytes()
}

// Decode reads the bytes of facts.json; an unknown member is an error.
func Decode(data []byte) (*Facts, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var f Facts
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("facts are not readable by this runner: %w", err)
	}
	return &f, nil
}

// Read reads the facts in file and demands that their sha256 is digest (hex).
func Read(file, digest string) (*Facts, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the platform's facts: %w", err)
	}
	if got := Digest(data); got != digest {
		return nil, fmt.Errorf("%s has sha256 %s, and the workflow was generated for %s: workflow and runner are not of one release", file, got, digest)
	}
	return Decode(data)
}

// Digest returns the sha256 of data in hex.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
