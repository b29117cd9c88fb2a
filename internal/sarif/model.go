package sarif

// The types are those parts of the SARIF 2.1.0 object model that tasc uses, by the names that it has there.

type log struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []run  `json:"runs"`
}

type run struct {
	Tool        tool         `json:"tool"`
	Invocations []invocation `json:"invocations"`
	// Automation tells runs of different verbs apart: GitHub lets one take the place of an earlier one of the same name.
	Automation automation                  `json:"automationDetails"`
	URIBaseIDs map[string]artifactLocation `json:"originalUriBaseIds"`
	ColumnKind string                      `json:"columnKind,omitempty"`
	Results    *[]result                   `json:"results,omitempty"`
}

type tool struct {
	Driver component `json:"driver"`
}

type component struct {
	Name            string       `json:"name"`
	Version         string       `json:"version"`
	SemanticVersion string       `json:"semanticVersion"`
	InformationURI  string       `json:"informationUri"`
	Rules           []descriptor `json:"rules"`
}

type descriptor struct {
	ID      string        `json:"id"`
	Short   text          `json:"shortDescription"`
	Full    text          `json:"fullDescription"`
	Help    help          `json:"help"`
	HelpURI string        `json:"helpUri"`
	Default configuration `json:"defaultConfiguration"`
	Bag     properties    `json:"properties"`
}

type text struct {
	Text string `json:"text"`
}

type help struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown"`
}

type configuration struct {
	Level string `json:"level"`
}

type properties struct {
	Tags      []string `json:"tags"`
	Precision string   `json:"precision"`
	// Severity is that of rules that are not about security, Score that of those that are.
	Severity string `json:"problem.severity,omitempty"`
	Score    string `json:"security-severity,omitempty"`
}

type automation struct {
	ID string `json:"id"`
}

type invocation struct {
	Successful    bool           `json:"executionSuccessful"`
	ExitCode      *int           `json:"exitCode,omitempty"`
	Configuration []notification `json:"toolConfigurationNotifications,omitempty"`
	Execution     []notification `json:"toolExecutionNotifications,omitempty"`
}

type notification struct {
	Level   string `json:"level"`
	Message text   `json:"message"`
}

type result struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    *int              `json:"ruleIndex,omitempty"`
	Level        string            `json:"level"`
	Message      text              `json:"message"`
	Locations    []location        `json:"locations"`
	Related      []location        `json:"relatedLocations,omitempty"`
	Fingerprints map[string]string `json:"partialFingerprints"`
}

type location struct {
	ID       int      `json:"id,omitempty"`
	Physical physical `json:"physicalLocation"`
	Message  *text    `json:"message,omitempty"`
}

type physical struct {
	Artifact artifactLocation `json:"artifactLocation"`
	Region   region           `json:"region"`
}

type artifactLocation struct {
	URI         string `json:"uri,omitempty"`
	BaseID      string `json:"uriBaseId,omitempty"`
	Description *text  `json:"description,omitempty"`
}

// region is a part of a file; EndColumn is the one behind it.
type region struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}
