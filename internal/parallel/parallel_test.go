package parallel

import (
	"slices"
	"testing"
)

func TestDo(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		got, want := make([]int, n), make([]int, n)
		Do(n, func(i int) { got[i] += i + 1 })
		for i := range want {
			want[i] = i + 1
		}
		if !slices.Equal(got, want) {
			t.Errorf("of %d calls some were not made once: %v", n, got)
		}
	}
}

func TestDo_PanicReachesTheCaller(t *testing.T) {
	defer func() {
		if r := recover(); r != "third" {
			t.Errorf("recovered %v", r)
		}
	}()
	Do(5, func(i int) {
		if i == 3 {
			panic("third")
		}
	})
}
