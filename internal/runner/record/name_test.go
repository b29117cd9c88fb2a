package record

import (
	"strings"
	"testing"
)

func TestCheckCorrelationID(t *testing.T) {
	tests := []struct {
		name, in        string
		plain, external bool // whether the two checks accept it
	}{
		{"default form", "123-1", true, false},
		{"default form with a suffix", "123-1.2", true, true},
		{"letters", "nightly-2026_11", true, true},
		{"digits alone", "123", true, true},
		{"digits, dash, letters", "123-a", true, true},
		{"three numbers", "1-2-3", true, true},
		{"dots between parts", "a.b-c.d_e", true, true},
		{"100 bytes", strings.Repeat("a", 100), true, true},
		{"101 bytes", strings.Repeat("a", 101), false, false},
		{"1 MB", strings.Repeat("a", 1<<20), false, false},
		{"empty", "", false, false},
		{"leading dash", "-a", false, false},
		{"leading dot", ".a", false, false},
		{"trailing dot", "a.", false, false},
		{"two dots", "a..b", false, false},
		{"parent", "..", false, false},
		{"slash", "a/b", false, false},
		{"backslash", `a\b`, false, false},
		{"newline", "a\nb", false, false},
		{"trailing newline", "a\n", false, false},
		{"NUL", "a\x00", false, false},
		{"space", "a b", false, false},
		{"percent", "a%2Fb", false, false},
		{"not ASCII", "ä", false, false},
		{"invalid UTF-8", "a\xff", false, false},
		{"lock", "a.lock", false, false},
		{"git's at", "a@{1}", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := CheckCorrelationID(tt.in); (err == nil) != tt.plain {
				t.Errorf("CheckCorrelationID(%.40q) = %v, want accepted %t", tt.in, err, tt.plain)
			}
			if err := CheckExternalCorrelationID(tt.in); (err == nil) != tt.external {
				t.Errorf("CheckExternalCorrelationID(%.40q) = %v, want accepted %t", tt.in, err, tt.external)
			}
		})
	}
	if err := CheckCorrelationID(DefaultCorrelationID(1<<62, 50)); err != nil {
		t.Errorf("the default is refused: %v", err)
	}
}

func TestCheck_NamesAndDates(t *testing.T) {
	tests := []struct {
		name, in string
		check    func(string) error
		want     bool
	}{
		{"engine", "self-test", CheckEngineName, true},
		{"engine with digits", "a1-2b", CheckEngineName, true},
		{"engine of 60", strings.Repeat("a", 60), CheckEngineName, true},
		{"engine of 61", strings.Repeat("a", 61), CheckEngineName, false},
		{"engine empty", "", CheckEngineName, false},
		{"engine with a path", "../x", CheckEngineName, false},
		{"engine with a dot", "a.b", CheckEngineName, false},
		{"engine upper case", "Enforce", CheckEngineName, false},
		{"engine with two dashes", "a--b", CheckEngineName, false},
		{"engine ending in a dash", "a-", CheckEngineName, false},
		{"engine starting with a digit", "1a", CheckEngineName, false},
		{"date", "2026-02-28", CheckDate, true},
		{"date that is none", "2026-02-30", CheckDate, false},
		{"date with a time", "2026-02-28T00:00:00Z", CheckDate, false},
		{"date with a path", "2026-02-28/..", CheckDate, false},
		{"date empty", "", CheckDate, false},
		{"repository", "acme/service.v2_x-y", CheckRepository, true},
		{"repository of a managed user", "bob_acme/x", CheckRepository, true},
		{"repository .github", "acme/.github", CheckRepository, true},
		{"repository without a name", "acme/", CheckRepository, false},
		{"repository without an owner", "/x", CheckRepository, false},
		{"repository of three parts", "a/b/c", CheckRepository, false},
		{"repository parent", "acme/..", CheckRepository, false},
		{"repository parent owner", "../x", CheckRepository, false},
		{"repository with a query", "acme/x?y", CheckRepository, false},
		{"repository too long", "acme/" + strings.Repeat("x", 140), CheckRepository, false},
		{"repository empty", "", CheckRepository, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.check(tt.in); (err == nil) != tt.want {
				t.Errorf("%.40q: got %v, want accepted %t", tt.in, err, tt.want)
			}
		})
	}
}

func TestIsCommit(t *testing.T) {
	for in, want := range map[string]bool{
		strings.Repeat("0a", 20): true,
		strings.Repeat("0A", 20): false,
		strings.Repeat("0a", 19): false,
		strings.Repeat("0a", 32): false,
		"main":                   false,
		"":                       false,
	} {
		if got := IsCommit(in); got != want {
			t.Errorf("IsCommit(%q) = %t, want %t", in, got, want)
		}
	}
}

func TestCheckPath(t *testing.T) {
	const good = "telemetry/v1/repos/acme-service/2026-11-22/42-1/validate.json"
	tests := []struct{ name, in, want string }{
		{"a record", good, ""},
		{"a repository with dots", "telemetry/v1/repos/acme-.github/2026-11-22/a.b/x.json", ""},
		{"nothing", "", "is not that of a record"},
		{"another root", strings.Replace(good, "v1", "v2", 1), "is not that of a record"},
		{"no JSON", strings.TrimSuffix(good, ".json"), "is not that of a record"},
		{"a folder more", strings.Replace(good, "42-1/", "42-1/x/", 1), "is not that of a record"},
		{"a folder less", strings.Replace(good, "42-1/", "", 1), "is not that of a record"},
		{"up and down", strings.Replace(good, "42-1/", "42-1/x/../", 1), "is not that of a record"},
		{"up", strings.Replace(good, "42-1", "..", 1), "correlation id"},
		{"a NUL", strings.Replace(good, "42-1", "42\x00-1", 1), "correlation id"},
		{"no repository", strings.Replace(good, "acme-service", "", 1), "expected owner-name"},
		{"a repository of two lines", strings.Replace(good, "service", "ser\nvice", 1), "expected owner-name"},
		{"no day", strings.Replace(good, "11-22", "11-32", 1), "date"},
		{"an engine in capitals", strings.Replace(good, "validate", "Validate", 1), "engine's name"},
		{"an engine of another alphabet", strings.Replace(good, "validate", "v\u0430lidate", 1), "engine's name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := CheckPath(tt.in)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want an error that holds %q", err, tt.want)
			}
		})
	}
}
