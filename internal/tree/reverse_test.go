package tree

import "testing"

// TestReverse: what Write has made of all folders is taken back, to the byte and the mode.
func TestReverse(t *testing.T) {
	project := t.TempDir()
	put(t, project, "README.md", "mine")
	place(t, project, atTop, moved(atTop, usually...))
	want := snapshot(t, project)
	later := moved(atTop, "platform/w.txt", "later", "platform/new/x", "x")
	later[0].Executable = true
	_, all := differ(t, project, atTop, later)
	if err := Write(project, all); err != nil {
		t.Fatal(err)
	}
	if snapshot(t, project) == want {
		t.Fatal("nothing was written")
	}
	if err := Write(project, Reverse(all)); err != nil {
		t.Fatal(err)
	}
	if got := snapshot(t, project); got != want {
		t.Errorf("the project differs:\n%s", difference(want, got))
	}
}
