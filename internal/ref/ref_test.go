package ref

import (
	"strings"
	"testing"
)

const sha = "3d3c42e5aac5ba805825da76410c181273ba90b1"

func TestClassify(t *testing.T) {
	tests := []struct {
		name, in string
		want     Kind
	}{
		{"40-hex commit", sha, Commit},
		{"all digits", strings.Repeat("1", 40), Commit},
		{"full version", "v1.4.0", Version},
		{"zeros", "v0.0.0", Version},
		{"long version", "v10.200.3000", Version},
		{"pre-release", "v1.4.0-rc.1", Version},
		{"pre-release with dashes", "v1.4.0-rc-1.a", Version},
		{"major", "v1", MovingTag},
		{"major and minor", "v1.2", MovingTag},
		{"major without v", "1", MovingTag},
		{"major and minor without v", "1.2", MovingTag},
		{"latest", "latest", MovingTag},
		{"a major as long as an abbreviated commit", "v12345678", MovingTag},
		{"HEAD", "HEAD", Head},
		{"branch", "main", Branch},
		{"branch with a slash", "release/v1.4.0", Branch},
		{"branch that begins like a version", "v1.4.x", MovingTag},
		{"ref of a branch", "refs/heads/main", FullName},
		{"ref of a tag", "refs/tags/v1.4.0", FullName},
		{"ref of a pull request", "refs/pull/1/head", FullName},
		{"seven hex digits", "3d3c42e", ShortSHA},
		{"39 hex digits", sha[:39], ShortSHA},
		{"seven digits", "1234567", ShortSHA},
		{"upper-case hex", "3D3C42E", ShortSHA},
		{"expression", "${{ github.sha }}", Expression},
		{"expression inside", "v1.${{ x }}.0", Expression},
		{"an expression's start alone", "${{", Expression},
		{"empty", "", Empty},
		{"ref of a branch without refs", "heads/main", FullName},
		{"ref of a remote", "origin/main", FullName},
		{"wildcard", "v1.x", MovingTag},
		{"bare wildcard", "v*", MovingTag},
		{"branch with a plus", "a+b", Branch},
		{"two words", "a b", Invalid},
		{"a comment", "x # y", Invalid},
		{"up", "../x", Invalid},
		{"two dots", "x..y", Invalid},
		{"a colon", "a:b", Invalid},
		{"an at", "foo@bar", Invalid},
		{"an option", "-b", Invalid},
		{"a slash at the end", "a/", Invalid},
		{"a lock file", "a.lock", Invalid},

		{"41 hex digits", sha + "0", Branch},
		{"six hex digits", "3d3c42", Branch},
		{"commit and a newline", sha + "\n", Invalid},
		{"commit and a blank", sha + " ", Invalid},
		{"commit with a look-alike", "\u0430" + sha[1:], Invalid},
		{"commit in upper case", strings.ToUpper(sha), Branch},
		{"version and a newline", "v1.4.0\n", Invalid},
		{"a newline before a version", "\nv1.4.0", Invalid},
		{"version in upper case", "V1.4.0", MovingTag},
		{"version without v", "1.4.0", MovingTag},
		{"leading zero", "v01.4.0", MovingTag},
		{"empty pre-release", "v1.4.0-", Branch},
		{"pre-release that ends in a dot", "v1.4.0-rc.", Invalid},
		{"build metadata", "v1.4.0+1", Branch},
		{"four numbers", "v1.4.0.0", MovingTag},
		{"other digits", "v1.4.\u0660", Invalid},
		{"path", "v1.4.0/../main", Invalid},
		{"head", "head", Branch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Classify(tt.in); got != tt.want {
				t.Errorf("Classify(%q) is %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestKind_StringsAreDistinct(t *testing.T) {
	seen := map[string]Kind{}
	for k := Branch; k <= Empty; k++ {
		if other, twice := seen[k.String()]; twice || k.String() == "" {
			t.Errorf("kinds %d and %d are both %q", k, other, k)
		}
		seen[k.String()] = k
	}
}

func TestParseUses(t *testing.T) {
	tests := []struct {
		name, in string
		want     Uses
	}{
		{"version", "actions/checkout@v7.0.1", Uses{Form: "action", Repository: "actions/checkout", Ref: "v7.0.1"}},
		{"commit", "actions/checkout@" + sha, Uses{Form: "action", Repository: "actions/checkout", Ref: sha}},
		{"path", "github/codeql-action/init@v3.1.2", Uses{Form: "action", Repository: "github/codeql-action", Path: "init", Ref: "v3.1.2"}},
		{"deep path", "a/b/.github/workflows/x.yml@v1.0.0", Uses{Form: "action", Repository: "a/b", Path: ".github/workflows/x.yml", Ref: "v1.0.0"}},
		{"dots in a repository's name", "a-1/b.c_d-e@v1.0.0", Uses{Form: "action", Repository: "a-1/b.c_d-e", Ref: "v1.0.0"}},
		{"dots in a path's name", "a/b/..c/d..@v1.0.0", Uses{Form: "action", Repository: "a/b", Path: "..c/d..", Ref: "v1.0.0"}},
		{"branch with a slash", "a/b@release/1", Uses{Form: "action", Repository: "a/b", Ref: "release/1"}},
		{"full ref name", "a/b@refs/heads/main", Uses{Form: "action", Repository: "a/b", Ref: "refs/heads/main"}},
		{"expression as ref", "a/b@${{x}}", Uses{Form: "action", Repository: "a/b", Ref: "${{x}}"}},
		{"image", "docker://alpine:3.20", Uses{Form: "docker", Image: "alpine:3.20"}},
		{"image by digest", "docker://ghcr.io/a/b@sha256:x", Uses{Form: "docker", Image: "ghcr.io/a/b@sha256:x"}},
		{"folder of the workspace", "./.github/actions/x", Uses{Form: "workspace", Path: ".github/actions/x"}},
		{"folder of the workflow's own commit", "$/actions/x", Uses{Form: "self", Path: "actions/x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := ParseUses(tt.in); err != nil || got != tt.want {
				t.Errorf("ParseUses(%q) = %+v, %v, want %+v", tt.in, got, err, tt.want)
			}
		})
	}
}

func TestParseUses_Refuses(t *testing.T) {
	tests := []struct{ name, in string }{
		{"nothing", ""},
		{"no ref", "actions/checkout"},
		{"empty ref", "actions/checkout@"},
		{"no owner", "checkout@v7.0.1"},
		{"empty owner", "/checkout@v7.0.1"},
		{"empty repository", "actions/@v7.0.1"},
		{"two @", "actions/checkout@v7.0.1@main"},
		{"@ in the path", "actions/checkout/a@b/c@v7.0.1"},
		{"blank before", " actions/checkout@v7.0.1"},
		{"blank behind", "actions/checkout@v7.0.1 "},
		{"comment behind", "actions/checkout@v7.0.1 # v7"},
		{"newline", "actions/checkout@v7.0.1\n"},
		{"expression", "${{ matrix.action }}"},
		{"expression as owner", "${{x}}/checkout@v7.0.1"},
		{"expression as ref, with blanks", "actions/checkout@${{ x }}"},
		{"owner that starts with a dash", "-a/b@v1.0.0"},
		{"owner that ends in a dash", "a-/b@v1.0.0"},
		{"owner with two dashes", "a--b/c@v1.0.0"},
		{"owner with a dot", "a.b/c@v1.0.0"},
		{"repository that is a parent", "a/..@v1.0.0"},
		{"repository that is no name", "a/.@v1.0.0"},
		{"parent in the path", "a/b/../../c/d@v1.0.0"},
		{"parent at the end of the path", "a/b/c/..@v1.0.0"},
		{"dot in the path", "a/b/./c@v1.0.0"},
		{"empty part of the path", "a/b//c@v1.0.0"},
		{"slash before @", "a/b/@v1.0.0"},
		{"backslash", `a\b@v1.0.0`},
		{"address", "https://github.com/a/b@v1.0.0"},
		{"look-alike", "\u0430ctions/checkout@v7.0.1"},
		{"image without a name", "docker://"},
		{"image with a blank", "docker://a b"},
		{"image with an expression", "docker://${{ x }}"},
		{"docker in upper case", "Docker://a"},
		{"parent of the workspace", "./../x"},
		{"parent inside a local path", "./a/../../x"},
		{"parent at the end of a local path", "./a/.."},
		{"dot in a local path", "././x"},
		{"nothing behind ./", "./"},
		{"nothing behind $/", "$/"},
		{"absolute", ".//etc/x"},
		{"local path with a ref", "./x@v1.0.0"},
		{"local path with an expression", "./${{ x }}"},
		{"local path with an expression across parts", "./${{ x/y }}"},
		{"local path with a backslash", `./a\..\x`},
		{"local path with a newline", "./a\nb"},
		{"own path to a parent", "$/../x"},
		{"parent alone", ".."},
		{"parent path", "../x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := ParseUses(tt.in); err == nil {
				t.Errorf("ParseUses(%q) = %+v, want an error", tt.in, got)
			} else if strings.Contains(err.Error(), "\n") {
				t.Errorf("ParseUses(%q): the error spans lines: %v", tt.in, err)
			}
		})
	}
}

func TestUses_Pinned(t *testing.T) {
	for in, want := range map[string]string{
		"actions/checkout@v7.0.1":          "actions/checkout@" + sha,
		"github/codeql-action/init@v3.1.2": "github/codeql-action/init@" + sha,
	} {
		u, err := ParseUses(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := u.Pinned(sha); got != want {
			t.Errorf("%s pinned is %s, want %s", in, got, want)
		}
	}
}

func TestIsDigest(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	tests := []struct {
		name, in string
		want     bool
	}{
		{"digest", "alpine@" + digest, true},
		{"tag and digest", "ghcr.io/acme/tool:1.2@" + digest, true},
		{"port and digest", "registry.test:5000/a@" + digest, true},
		{"tag", "alpine:3.20", false},
		{"name alone", "alpine", false},
		{"digest alone", digest, false},
		{"no name", "@" + digest, false},
		{"63 digits", "alpine@" + digest[:len(digest)-1], false},
		{"65 digits", "alpine@" + digest + "0", false},
		{"upper case", "alpine@sha256:" + strings.Repeat("0A", 32), false},
		{"another digest", "alpine@sha512:" + strings.Repeat("0a", 32), false},
		{"two digests", "alpine@" + digest + "@" + digest, false},
		{"newline", "alpine@" + digest + "\n", false},
		{"blank", "a b@" + digest, false},
		{"expression", "${{x}}@" + digest, false},
		{"empty", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := IsDigest(tt.in); got != tt.want {
				t.Errorf("IsDigest(%q) = %t, want %t", tt.in, got, tt.want)
			}
		})
	}
}
