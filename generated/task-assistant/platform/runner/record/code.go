package record

import "slices"

// Code says why an engine's run is recorded as a failure.
type Code string

// The codes of event.reason.
const (
	EngineRefMismatch Code = "engine-ref-mismatch"
	PreflightFailed   Code = "preflight-failed"
	NotAuthorized     Code = "not-authorized"
	Cancelled         Code = "cancelled"
	MachineLost       Code = "machine-lost"
	Timeout           Code = "timeout"
	Failed            Code = "failed"
	NoResult          Code = "no-result"
	ResultWithheld    Code = "result-withheld"
	ResultTooLarge    Code = "result-too-large"
	ResultNotObject   Code = "result-not-object"
	ResultRefused     Code = "result-refused"
)

// Codes returns every code, the most telling first: where several apply, the first is recorded.
func Codes() []Code {
	return []Code{
		EngineRefMismatch, PreflightFailed, NotAuthorized, Cancelled, MachineLost, Timeout, Failed,
		NoResult, ResultWithheld, ResultTooLarge, ResultNotObject, ResultRefused,
	}
}

func isCode(c Code) bool { return slices.Contains(Codes(), c) }
