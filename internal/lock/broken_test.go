package lock

import (
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/diag"
)

// TestParse_Broken: a file that is no lock has exactly one finding, where the reader has to look.
func TestParse_Broken(t *testing.T) {
	const whole = "a JSON object with version 1, engine_ref and actions"
	replace := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("good.lock does not hold %q", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	unread := func(s string) string { return "the lock cannot be read: " + s }
	tests := []struct {
		name, in string
		pos      diag.Pos
		message  string
		expected string
	}{
		{"empty file", "", at(1, 1), "the lock is empty", whole},
		{"blanks only", "\n\n ", at(3, 2), "the lock is empty", whole},
		{"binary", "\x7fELF\x00\xff", at(1, 1), unread(`invalid character '\x7f' looking for beginning of value`), whole},
		{"byte order mark", "\ufeff{}", at(1, 1), unread("invalid character 'ï' looking for beginning of value"), whole},
		{"YAML", "version: 1\n", at(1, 1), unread("invalid character 'v' looking for beginning of value"), whole},
		{"text behind", good + "{}", at(32, 1), unread("there is text after the end of the JSON object"), whole},
		{"comment behind", good + "// x", at(32, 1), unread("there is text after the end of the JSON object"), whole},
		{"trailing comma", replace("  },\n  \"actions\"", "  },,\n  \"actions\""), at(12, 5), unread("invalid character ',' looking for beginning of object key string"), whole},
		{"missing comma", replace("1,\n", "1\n"), at(3, 3), unread(`invalid character '"' after object key:value pair`), whole},
		{"newline in a text", replace("v0.1.0", "v0\n1.0"), at(5, 17), unread(`invalid character '\n' in string literal`), whole},
		{"deep nesting", replace(`[],`, strings.Repeat("[", 200_000)+","), at(26, 15+10_000-3), unread("invalid character '[' exceeded max depth"), whole},

		{"list", "[]", at(1, 1), "the lock is a JSON array", whole},
		{"number", " 1", at(1, 2), "the lock is a JSON number", whole},
		{"null", "null", at(1, 1), "the lock has version 0", "version 1"},
		{"no version", "{}", at(1, 1), "the lock has version 0", "version 1"},
		{"another version", replace(`"version": 1`, `"version": 2`), at(2, 3), "the lock has version 2", "version 1"},
		{"negative version", replace(`"version": 1`, `"version": -1`), at(2, 3), "the lock has version -1", "version 1"},
		{"version as text", replace(`: 1,`, `: "1",`), at(2, 14), "version is a JSON string", "a whole number"},
		{"version with a fraction", replace(`: 1,`, `: 1.5,`), at(2, 14), "version is a JSON number 1.5", "a whole number"},
		{"huge version", replace(`: 1,`, `: 1e999,`), at(2, 14), "version is a JSON number 1e999", "a whole number"},
		{"actions are a list", `{"version": 1, "actions": []}`, at(1, 27), "actions is a JSON array", "an object"},
		{"engine_ref is a text", `{"version": 1, "engine_ref": "v1"}`, at(1, 30), "engine_ref is a JSON string", "an object"},
		{"commit is a number", replace(`"3d3c42e5aac5ba805825da76410c181273ba90b1"`, "3"), at(23, 17), "actions.commit is a JSON number", "a string"},
		{"owner_id is a number", replace(`"44036562"`, "44036562"), at(16, 19), "actions.owner_id is a JSON number", "a string"},
		{"uses holds a number", replace("[]", "[\n7]"), at(27, 1), "actions.uses is a JSON number", "a string"},
		{"uses is a text", replace("[]", `""`), at(26, 15), "actions.uses is a JSON string", "a list"},

		{"unknown member", replace(`"engine_ref"`, `"engines"`), at(3, 3), unread(`unknown field "engines"`), whole},
		{"unknown member of a release", replace(`"ref": "v0.1.0"`, `"tag": "v0.1.0"`), at(5, 7), unread(`unknown field "tag"`), whole},
		{"unknown member of an action", replace(`"proof"`, `"proofs"`), at(20, 7), unread(`unknown field "proofs"`), whole},
		{"member in other case", replace(`"proof"`, `"Proof"`), at(20, 7), unread(`unknown field "Proof"`), whole},
		{"member with a letter that folds", replace(`"resolved"`, `"re\u017folved"`), at(19, 7), unread(`unknown field "re` + "\u017f" + `olved"`), whole},
		{"second commit in other case", replace(`"owner_id"`, `"COMMIT": "4b5f2d6c1a7e4938b2c6d0f1e3a59874c6d2b1e0", "owner_id"`), at(16, 7), unread(`unknown field "COMMIT"`), whole},

		{"version twice", replace(`"engine_ref"`, `"version": 1, "engine_ref"`), at(3, 3), unread(`the key "version" stands there twice`), whole},
		{"commit twice", replace(`"owner_id"`, `"commit": "", "owner_id"`), at(16, 7), unread(`the key "commit" stands there twice`), whole},
		{"platform twice", replace(`"another"`, `"task-assistant"`), at(8, 5), unread(`the key "task-assistant" stands there twice`), whole},
		{"action twice, once with escapes", replace("actions/setup-node@v6.0.0", `actions\/checkout@v7.0.1`) + "\n", at(22, 5), unread(`the key "actions/checkout@v7.0.1" stands there twice`), whole},
		{"key with escapes twice", `{"version": 1, "version" : 1}`, at(1, 16), unread(`the key "version" stands there twice`), whole},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found := parse(t, tt.in)
			if len(found) != 1 || found[0].Pos != tt.pos || found[0].Message != tt.message || found[0].Expected != tt.expected {
				t.Errorf("got  %s\nwant one: %s: %s (%s)", text(found), tt.pos, tt.message, tt.expected)
			}
		})
	}
}

func TestParse_MergeConflict(t *testing.T) {
	conflict := "<<<<<<< HEAD\n      \"commit\": \"a\",\n=======\n      \"commit\": \"b\",\n>>>>>>> topic\n"
	for name, in := range map[string]string{
		"inside":       strings.Replace(good, "      \"owner_id\"", conflict+"      \"owner_id\"", 1),
		"CRLF":         strings.ReplaceAll(strings.Replace(good, "      \"owner_id\"", conflict+"      \"owner_id\"", 1), "\n", "\r\n"),
		"at the start": conflict + good,
		"at the end":   good + conflict,
	} {
		_, found := parse(t, in)
		line := 1 + strings.Count(in[:strings.Index(in, "<<<<<<<")], "\n")
		if len(found) != 1 || found[0].Message != "the lock holds a merge conflict" || found[0].Pos != at(line, 1) || !strings.HasPrefix(found[0].Fix, "resolve it") {
			t.Errorf("%s: got %s, want the merge conflict at line %d", name, text(found), line)
		}
	}
}

// TestParse_BadEntries: every wrong value of an entry is a finding of its own, at the entry.
func TestParse_BadEntries(t *testing.T) {
	const checkout = "actions/checkout@v7.0.1"
	tests := []struct{ name, old, new, message, expected string }{
		{"short commit", "3d3c42e5aac5ba805825da76410c181273ba90b1", "3d3c42e", checkout + ` has the commit "3d3c42e"`, "40 hex digits"},
		{"no commit", "      \"commit\": \"3d3c42e5aac5ba805825da76410c181273ba90b1\",\n", "", checkout + ` has the commit ""`, "40 hex digits"},
		{"commit is null", `"3d3c42e5aac5ba805825da76410c181273ba90b1"`, "null", checkout + ` has the commit ""`, "40 hex digits"},
		{"tag as commit", "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1", checkout + ` has the commit "v7.0.1"`, "40 hex digits"},
		{"owner_id with letters", `"44036562",` + "\n      \"repo_id\": \"197814629\"", `"actions",` + "\n      \"repo_id\": \"197814629\"", checkout + ` has owner_id "actions"`, "GitHub's number of the owner, as text"},
		{"repo_id zero", `"197814629"`, `"0"`, checkout + ` has repo_id "0"`, "GitHub's number of the repository, as text"},
		{"repo_id with a newline", `"197814629"`, `"1\n"`, checkout + ` has repo_id "1\n"`, "GitHub's number of the repository, as text"},
		{"date in words", "[],\n      \"resolved\": \"2026-11-22\"", "[],\n      \"resolved\": \"today\"", checkout + ` has resolved "today"`, "a date such as 2026-01-31"},
		{"a day that is none", "[],\n      \"resolved\": \"2026-11-22\"", "[],\n      \"resolved\": \"2026-13-99\"", checkout + ` has resolved "2026-13-99"`, "a date such as 2026-01-31"},
		{"unknown proof", "[],\n      \"resolved\": \"2026-11-22\",\n      \"proof\": \"unproven\"", "[],\n      \"resolved\": \"2026-11-22\",\n      \"proof\": \"trust me\"", checkout + ` has proof "trust me"`, `"unproven"`},
		{"key without a ref", checkout, "actions/checkout", `actions has the key "actions/checkout"`, "owner/name@ref, with a full version tag or a commit as ref"},
		{"key with a ref that moves", checkout, "actions/checkout@v7", `actions has the key "actions/checkout@v7"`, "owner/name@ref, with a full version tag or a commit as ref"},
		{"key with a path", checkout, "github/codeql-action/init@v3.0.0", `actions has the key "github/codeql-action/init@v3.0.0"`, "owner/name@ref, with a full version tag or a commit as ref"},
		{"key of an image", checkout, "docker://alpine", `actions has the key "docker://alpine"`, "owner/name@ref, with a full version tag or a commit as ref"},
		{"key with <, > and &", checkout, "a<>&", `actions has the key "a<>&"`, "owner/name@ref, with a full version tag or a commit as ref"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if strings.Count(good, tt.old) != 1 {
				t.Fatalf("good.lock holds %q %d times", tt.old, strings.Count(good, tt.old))
			}
			_, found := parse(t, strings.Replace(good, tt.old, tt.new, 1))
			if len(found) != 1 || found[0].Pos != at(22, 5) || found[0].Message != tt.message || found[0].Expected != tt.expected {
				t.Errorf("got  %s\nwant one: %s: %s (%s)", text(found), at(22, 5), tt.message, tt.expected)
			}
		})
	}
	for old, want := range map[string]string{
		"0b5f2d6c1a7e4938b2c6d0f1e3a59874c6d2b1e0": `engine_ref.task-assistant has the commit "main"`,
		"v0.1.0": `engine_ref.task-assistant has the ref "main"`,
	} {
		_, found := parse(t, strings.Replace(good, old, "main", 1))
		if len(found) != 1 || found[0].Pos != at(4, 5) || found[0].Message != want {
			t.Errorf("got %s, want %s", text(found), want)
		}
	}
}
