// Package ref knows what a git ref, an action and an image reference look like,
// and which of them can move. It decides nothing about modes: that is a rule's work.
package ref

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Kind says what a ref is, as far as its text tells.
type Kind int

// The kinds of refs. Only Commit cannot move; Version is promised not to and is resolved by the lock.
const (
	Branch     Kind = iota // any other name
	Commit                 // 40 hex digits
	Version                // vMAJOR.MINOR.PATCH with an optional pre-release
	MovingTag              // v1, v1.2, latest
	Head                   // HEAD
	FullName               // refs/…
	ShortSHA               // 7 to 39 hex digits
	Expression             // ${{ … }}
	Invalid                // no name that git accepts for a branch or tag
	Empty
)

var (
	commitRE    = regexp.MustCompile(`^[0-9a-f]{40}$`)
	versionRE   = regexp.MustCompile(`^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z]+([.-][0-9A-Za-z]+)*)?$`)
	movingTagRE = regexp.MustCompile(`^([vV]?[0-9]+(\.([0-9]+|[xX*]))*(\.[xX*])?|[vV]\.?[xX*]|latest)$`)
	namespaceRE = regexp.MustCompile(`^(refs|heads|tags|remotes|origin)/`)
	// branchRE is narrower than git check-ref-format: it leaves out what has a meaning in YAML, shells or revisions.
	branchRE   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*$`)
	shortSHARE = regexp.MustCompile(`^[0-9a-fA-F]{7,39}$`)
	imageRE    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/:@-]*$`)
	digestRE   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/:-]*@sha256:[0-9a-f]{64}$`)
	actionRE   = regexp.MustCompile(`^([A-Za-z0-9](?:-?[A-Za-z0-9])*/[A-Za-z0-9._-]+)((?:/[A-Za-z0-9._-]+)*)@([^@\s]+)$`)
)

// Classify returns the kind of a ref.
func Classify(s string) Kind {
	switch {
	case s == "":
		return Empty
	case strings.Contains(s, "${{"):
		return Expression
	case commitRE.MatchString(s):
		return Commit
	case versionRE.MatchString(s):
		return Version
	case s == "HEAD":
		return Head
	case namespaceRE.MatchString(s):
		return FullName
	case movingTagRE.MatchString(s) && len(s) < 7:
		return MovingTag
	case shortSHARE.MatchString(s):
		return ShortSHA
	case movingTagRE.MatchString(s):
		return MovingTag
	case !branchRE.MatchString(s) || strings.Contains(s, "..") || strings.HasSuffix(s, ".") || strings.HasSuffix(s, ".lock"):
		return Invalid
	}
	return Branch
}

// String names the kind as a message does: `"v1" is a tag that may move`.
func (k Kind) String() string {
	switch k {
	case Commit:
		return "a commit"
	case Version:
		return "a version tag"
	case MovingTag:
		return "a tag that may move"
	case Head:
		return "HEAD, which moves"
	case FullName:
		return "a full ref name, which GitHub does not accept here"
	case ShortSHA:
		return "an abbreviated commit"
	case Expression:
		return "an expression"
	case Invalid:
		return "no name of a branch or tag"
	case Empty:
		return "empty"
	}
	return "a branch"
}

// Uses is what stands behind `uses:` of a step or job.
type Uses struct {
	// Form is "action", "docker", "workspace" (./…) or "self" ($/…).
	Form string
	// Repository is the owner/name of an action, Path the folder in it, Ref what stands behind @.
	Repository, Path, Ref string
	// Image is what stands behind docker://.
	Image string
}

// ParseUses reads a uses value. Its grammar is that of
// docs.github.com/actions/reference/workflows-and-actions/workflow-syntax, jobs.<job_id>.steps[*].uses.
func ParseUses(s string) (Uses, error) {
	switch {
	case strings.HasPrefix(s, "docker://") && imageRE.MatchString(s[len("docker://"):]):
		return Uses{Form: "docker", Image: s[len("docker://"):]}, nil
	case strings.HasPrefix(s, "./"):
		return local("workspace", s[2:])
	case strings.HasPrefix(s, "$/"):
		return local("self", s[2:])
	}
	m := actionRE.FindStringSubmatch(s)
	if m == nil || slices.ContainsFunc(strings.Split(m[1]+m[2], "/"), isDots) {
		return Uses{}, fmt.Errorf("%q is not of the form owner/name[/path]@ref, ./path, $/path or docker://image", s)
	}
	return Uses{Form: "action", Repository: m[1], Path: strings.TrimPrefix(m[2], "/"), Ref: m[3]}, nil
}

func local(form, path string) (Uses, error) {
	for part := range strings.SplitSeq(path, "/") {
		if isDots(part) || part == "" || strings.ContainsAny(part, "@\\") || strings.Contains(part, "${{") || strings.ContainsFunc(part, unicode.IsControl) {
			return Uses{}, fmt.Errorf("the path %q does not name a folder of the same repository and commit", path)
		}
	}
	return Uses{Form: form, Path: path}, nil
}

// isDots reports whether a part of a path names no folder of its own.
func isDots(part string) bool { return part == "." || part == ".." }

// Pinned returns the uses value at a commit.
func (u Uses) Pinned(commit string) string {
	s := u.Repository
	if u.Path != "" {
		s += "/" + u.Path
	}
	return s + "@" + commit
}

// IsDigest reports whether an image is named by digest: name[:tag]@sha256:<64 hex>.
func IsDigest(image string) bool { return digestRE.MatchString(image) }
