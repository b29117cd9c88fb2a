package clock_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest/clock"
)

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// TestVirtual_WakesInOrder: hours of waiting take no time, and who wakes first acts first, whoever went to sleep first.
func TestVirtual_WakesInOrder(t *testing.T) {
	v := clock.NewVirtual(start)
	var mu sync.Mutex
	var log []string
	sleeper := func(i int) func() {
		return func() {
			for range 2 {
				if err := v.Sleep(context.Background(), time.Duration(5-i)*time.Hour); err != nil {
					t.Error(err)
				}
				mu.Lock()
				log = append(log, fmt.Sprintf("%d at %s", i, v.Now().Sub(start)))
				mu.Unlock()
			}
		}
	}
	began := time.Now()
	v.Go(func() {
		for i := range 5 {
			v.Go(sleeper(i))
		}
	})
	v.Wait()
	want := []string{
		"4 at 1h0m0s", "3 at 2h0m0s", "4 at 2h0m0s", "2 at 3h0m0s", "1 at 4h0m0s", "3 at 4h0m0s", "0 at 5h0m0s", "2 at 6h0m0s", "1 at 8h0m0s", "0 at 10h0m0s",
	}
	if !reflect.DeepEqual(log, want) {
		t.Errorf("got  %v\nwant %v", log, want)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("ten hours took %s", took)
	}
}

// TestVirtual_StandsStillWhileAnybodyWorks: a server sleeps in place of the client that waits for it, and nobody else.
func TestVirtual_StandsStillWhileAnybodyWorks(t *testing.T) {
	v := clock.NewVirtual(start)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if err := v.Sleep(context.Background(), 300*time.Millisecond); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	var took [2]time.Duration
	client := func() {
		for range 10 {
			answer, err := http.Get(server.URL)
			if err != nil {
				t.Error(err)
				return
			}
			answer.Body.Close()
		}
		took[0] = v.Now().Sub(start)
	}
	v.Go(func() {
		v.Go(client)
		time.Sleep(50 * time.Millisecond) // work
		took[1] = v.Now().Sub(start)
	})
	v.Wait()
	if want := [2]time.Duration{3 * time.Second, 0}; took != want {
		t.Errorf("got %v, want %v", took, want)
	}
}

func TestVirtual_SleepEndsWithItsContext(t *testing.T) {
	v := clock.NewVirtual(start)
	ctx, cancel := context.WithCancel(context.Background())
	var errs [2]error
	v.Go(func() {
		v.Go(func() {
			errs[0] = v.Sleep(ctx, time.Hour)
			errs[1] = v.Sleep(ctx, time.Hour)
		})
		if err := v.Sleep(context.Background(), time.Minute); err != nil {
			t.Error(err)
		}
		cancel()
		time.Sleep(20 * time.Millisecond)
	})
	v.Wait()
	if !errors.Is(errs[0], context.Canceled) || !errors.Is(errs[1], context.Canceled) || v.Now() != start.Add(time.Minute) {
		t.Errorf("errors %v, at %s", errs, v.Now())
	}
}
