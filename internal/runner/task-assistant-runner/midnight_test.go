package main

import "testing"

// TestMidnight: a run that began yesterday, in UTC, keeps all its records in yesterday's folder, where verdict looks for
// them. No clock but plan's decides where a record stands.
func TestMidnight(t *testing.T) {
	const yesterday, dir = "2026-11-21", "telemetry/v1/repos/acme-service/2026-11-21/42-1"
	w := newWorld(t)
	w.env["RUN_DATE"] = yesterday

	expect(t, "code of preflight", w.run("preflight").code, 0)
	expect(t, "where preflight looks", w.github.requests[len(w.github.requests)-1], "GET /repos/acme/telemetry/contents/"+dir)

	w.handOver(packText(t, `{"a":1}`), "1")
	expect(t, "code of emit", w.run("emit").code, 0)
	r := w.stored(dir + "/validate.json")
	expect(t, "when the record was made", r.GeneratedAt, "2026-11-22T10:11:12Z")

	emitted := w.outputs()
	n := ran("config-push", map[string]need{"validate": {Result: "success", Outputs: map[string]string{"ok": emitted["ok"], "record": emitted["record"]}}})
	n["plan"].Outputs["run_date"] = yesterday
	w.github.files[telemetry+":"+dir+"/preflight.json"] = "preflight" // as good in n says
	expect(t, "code of verdict", w.judged(n).code, 0)
	expect(t, "where verdict looks", w.github.requests[len(w.github.requests)-1], "GET /repos/acme/telemetry/contents/"+dir)
}
