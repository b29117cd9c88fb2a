package branch

import (
	"strings"
	"testing"
)

func TestParse_Refuses(t *testing.T) {
	tests := []struct{ in, err string }{
		{"", "empty"},
		{"refs/heads/main", "begins with refs/"},
		{"!main", "excludes"},
		{"/main", "empty part"},
		{"main/", "empty part"},
		{"a//b", "empty part"},
		{"a..b", "two dots"},
		{".a", "begins with a dot"},
		{"a/.b", "begins with a dot"},
		{"a.", "dot at its end"},
		{"a.lock", ".lock"},
		{"a.lock/b", ".lock"},
		{"**/a", "** stands before its end"},
		{"a***", "** stands before its end"},
		{"?a", "? has no character before it"},
		{"+a", "+ has no character before it"},
		{"a*?", "stands behind another"},
		{"a?+", "stands behind another"},
		{"a[", "[ has no ]"},
		{"a[]", "[ has no ]"},
		{"a[b-]", "is not of letters"},
		{"a[z-a]", "is not of letters"},
		{"a[A-z]", "is not of letters"},
		{"a]", "it holds ']'"},
		{"a b", "it holds ' '"},
		{"a\\*", `it holds '\\'`},
		{"$default-branch", "it holds '$'"},
		{"ünder", "it holds 'ü'"},
	}
	for _, tt := range tests {
		if _, err := Parse(tt.in); err == nil || !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: got %v, want an error that holds %q", tt.in, err, tt.err)
		}
	}
}

// The names and patterns of GitHub's filter pattern cheat sheet are among these.
func TestMatch(t *testing.T) {
	tests := []struct {
		pattern  string
		yes, not []string
	}{
		{"main", []string{"main"}, []string{"Main", "main2", "mai", "a/main"}},
		{"feature/*", []string{"feature/my-branch", "feature/your-branch", "feature/"}, []string{"feature/a/b", "feature"}},
		{"feature/**", []string{"feature/beta-a/my-branch", "feature/x"}, []string{"feature", "features/x"}},
		{"*", []string{"main", "releases"}, []string{"all/the/branches"}},
		{"**", []string{"all/the/branches", "every/tag", "größe"}, nil},
		{"*feature", []string{"mona-feature", "feature", "ver-10-feature"}, []string{"a/feature", "feature2"}},
		{"v2*", []string{"v2", "v2.0", "v2.9"}, []string{"v1", "v2/x"}},
		{"v[12].[0-9]+.[0-9]+", []string{"v1.10.1", "v2.0.0"}, []string{"v3.0.0", "v1.10", "v1..1"}},
		{"colou?r", []string{"color", "colour"}, []string{"colouur", "colr"}},
		{"a*b*c", []string{"abc", "axbxc", "abcbc"}, []string{"ab", "a/bc"}},
		{"rel[a-z]?", []string{"rel", "relx"}, []string{"rel1", "relxx"}},
	}
	for _, tt := range tests {
		p, err := Parse(tt.pattern)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
		}
		for _, name := range tt.yes {
			if !p.Match(name) {
				t.Errorf("%s does not match %s", tt.pattern, name)
			}
			if !strings.HasPrefix(name, p.Prefix()) {
				t.Errorf("%s matches %s, and not all it matches begins with %q", tt.pattern, name, p.Prefix())
			}
			if p.Literal() != (tt.pattern == "main") {
				t.Errorf("%s: Literal is %t", tt.pattern, p.Literal())
			}
		}
		for _, name := range tt.not {
			if p.Match(name) {
				t.Errorf("%s matches %s", tt.pattern, name)
			}
		}
	}
}

func TestOverlap(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"main", "main", true},
		{"main", "develop", false},
		{"main", "**", true},
		{"main", "*", true},
		{"release/1", "*", false},
		{"release/*", "release/**", true},
		{"release/*", "hotfix/**", false},
		{"release/*", "*", false},
		{"a*", "*b", true},
		{"a*", "b*", false},
		{"v[0-4]", "v[5-9]", false},
		{"v[0-5]", "v[5-9]", true},
		{"v1.[0-9]+", "v1.x", false},
		{"a?", "b?", false}, // no branch has an empty name
		{"a?b", "ab?", true},
		{"a+", "aaa", true},
		{"a+b", "aaa", false},
		{"*x", "*y", false},
	}
	for _, tt := range tests {
		a, errA := Parse(tt.a)
		b, errB := Parse(tt.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if Overlap(a, b) != tt.want || Overlap(b, a) != tt.want {
			t.Errorf("%s and %s: got %t and %t, want %t", tt.a, tt.b, Overlap(a, b), Overlap(b, a), tt.want)
		}
	}
}

// TestOverlap_Agrees: over short names of a small alphabet, two patterns overlap exactly where a name matches both.
func TestOverlap_Agrees(t *testing.T) {
	var patterns []Pattern
	for _, text := range []string{"a", "b", "a*", "*a", "a?", "a+", "a?b", "ab+", "[ab]", "[ab]+", "*", "**", "a/b", "a/*", "*/b", "a/**", "a*b", "b?a", "[ab]?b"} {
		p, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		patterns = append(patterns, p)
	}
	names := []string{""}
	for i := 0; len(names) < 3+9+27+81+243+1; i++ {
		for _, c := range "ab/" {
			names = append(names, names[i]+string(c))
		}
	}
	for _, p := range patterns {
		for _, q := range patterns {
			both := ""
			for _, n := range names[1:] {
				if p.Match(n) && q.Match(n) {
					both = n
				}
			}
			if Overlap(p, q) != (both != "") {
				t.Errorf("%s and %s: Overlap is %t, both match %q", p.text, q.text, Overlap(p, q), both)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"main", "release/**", "v[12].[0-9]+", "colou?r", "a*b", "[", "ü"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := Parse(text); err == nil {
			if p.Literal() && !p.Match(text) {
				t.Errorf("%q is a name and does not match itself", text)
			}
			if !Overlap(p, p) {
				t.Errorf("%q has no name in common with itself", text)
			}
		}
	})
}
