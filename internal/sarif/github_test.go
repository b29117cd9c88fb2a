package sarif

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// demands holds a document against what GitHub's code scanning asks for beyond the schema: the properties that
// docs.github.com ("SARIF support for code scanning") calls required, and the limits there, above which it refuses a
// document or a part of it.
func demands(t *testing.T, data []byte) {
	t.Helper()
	var doc log
	if err := json.Unmarshal(data, &doc); err != nil || !utf8.Valid(data) {
		t.Fatalf("%v in %s", err, data)
	}
	if doc.Schema == "" || doc.Version != "2.1.0" || len(doc.Runs) != 1 || doc.Runs[0].Results == nil {
		t.Fatalf("schema %q, version %q, %d runs", doc.Schema, doc.Version, len(doc.Runs))
	}
	r := doc.Runs[0]
	driver := r.Tool.Driver
	if driver.Name == "" || !regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+$`).MatchString(driver.SemanticVersion) || len(driver.Rules) > 25_000 || len(*r.Results) > 25_000 {
		t.Errorf("driver %q %q, %d rules, %d results", driver.Name, driver.SemanticVersion, len(driver.Rules), len(*r.Results))
	}
	for _, rule := range driver.Rules {
		demandRule(t, rule)
	}
	seen := map[string]bool{}
	for _, found := range *r.Results {
		demandResult(t, found, driver.Rules)
		key := found.RuleID + "\x00" + found.Locations[0].Physical.Artifact.URI + "\x00" + found.Fingerprints["primaryLocationLineHash"]
		if seen[key] {
			t.Errorf("two results that are one alert: %q", key)
		}
		seen[key] = true
	}
}

func demandRule(t *testing.T, rule descriptor) {
	t.Helper()
	for _, s := range []string{rule.ID, rule.Short.Text, rule.Full.Text, rule.Help.Text, rule.Help.Markdown} {
		if s == "" {
			t.Errorf("rule %q lacks a text", rule.ID)
		}
	}
	if utf8.RuneCountInString(rule.Short.Text) > 1024 || utf8.RuneCountInString(rule.Full.Text) > 1024 || len(rule.Bag.Tags) > 10 {
		t.Errorf("rule %q is longer than GitHub takes", rule.ID)
	}
	if !slices.Contains([]string{"note", "warning", "error"}, rule.Default.Level) || !slices.Contains([]string{"very-high", "high", "medium", "low"}, rule.Bag.Precision) {
		t.Errorf("rule %q: level %q, precision %q", rule.ID, rule.Default.Level, rule.Bag.Precision)
	}
	score, err := strconv.ParseFloat(rule.Bag.Score, 64)
	security := slices.Contains(rule.Bag.Tags, "security")
	if security != (err == nil) || security && (score <= 0 || score > 10) || security == (rule.Bag.Severity != "") {
		t.Errorf("rule %q: tags %v, score %q, severity %q", rule.ID, rule.Bag.Tags, rule.Bag.Score, rule.Bag.Severity)
	}
}

var linkRE = regexp.MustCompile(`\]\(([^)]*)\)`)

func demandResult(t *testing.T, found result, rules []descriptor) {
	t.Helper()
	if found.Message.Text == "" || found.Fingerprints["primaryLocationLineHash"] == "" || len(found.Locations) != 1 || len(found.Related) > 1000 {
		t.Errorf("%+v lacks something", found)
	}
	if at := found.RuleIndex; at != nil && (*at < 0 || *at >= len(rules) || rules[*at].ID != found.RuleID) {
		t.Errorf("rule %q has the index %d", found.RuleID, *at)
	}
	ids := []string{}
	for _, l := range found.Related {
		ids = append(ids, strconv.Itoa(l.ID))
	}
	for _, m := range linkRE.FindAllStringSubmatch(found.Message.Text, -1) {
		if !slices.Contains(ids, m[1]) {
			t.Errorf("a link leads to %q: %s", m[1], found.Message.Text)
		}
	}
	for _, l := range slices.Concat(found.Locations, found.Related) {
		u, err := url.Parse(l.Physical.Artifact.URI)
		if err != nil || u.Path == "" || u.RawQuery != "" || u.Fragment != "" || u.IsAbs() == (l.Physical.Artifact.BaseID != "") || !u.IsAbs() && strings.HasPrefix(u.Path, "/") {
			t.Errorf("the place %+v (%v)", l.Physical.Artifact, err)
		}
		g := l.Physical.Region
		if g.StartLine < 1 || g.StartColumn < 1 || g.EndLine != g.StartLine || g.EndColumn < g.StartColumn {
			t.Errorf("the region %+v", g)
		}
	}
}
