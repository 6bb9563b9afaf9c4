import Ledger
import Testing

@testable import Operations

/// Rules between values, unknown and repeated keys, and the lines that messages name.
@Suite struct ConsistencyTests {
    @Test(
        "what does not fit together is named",
        arguments: [
            (
                "{reconcile: {stale_after: '10m'}}",
                "reconcile.stale_after: stale_after (10m) must be longer than after (10m)"
            ),
            ("{reconcile: {after: '72h'}}", "reconcile.after: stale_after (72h) must be longer than after (72h)"),
            (
                "{reconcile: {window: '48h'}}",
                "reconcile.window: stale_after (72h) must not be longer than window (48h)"
            ),
            (
                "{reconcile: {stale_after: '31d'}}",
                "reconcile.stale_after: stale_after (31d) must not be longer than window (30d)"
            ),
            (
                "{reconcile: {retry: {first: '7h'}}}",
                "reconcile.retry.first: first (7h) must not be longer than max (6h)"
            ),
            ("{reconcile: {retry: {max: '1m'}}}", "reconcile.retry.max: first (10m) must not be longer than max (1m)"),
            (
                "{store: {statuses: {sent: 'PENDING'}}}",
                "store.statuses.sent: sent and pending are the same word; every status needs its own"
            ),
            (
                "{store: {statuses: {pending: 'DEAD_LETTER'}}}",
                "store.statuses.pending: dead_letter and pending are the same word; every status needs its own"
            ),
            (
                "{store: {statuses: {dead_letter: 'SENT'}}}",
                "store.statuses.dead_letter: dead_letter and sent are the same word; every status needs its own"
            ),
            (
                "{store: {columns: {message_key: null}}}",
                "store.columns.message_key: expected the name of a column, found null; the reconciler cannot work without it"
            ),
            (
                "{store: {columns: {status: null}}}",
                "store.columns.status: expected the name of a column, found null; the reconciler cannot work without it"
            ),
            (
                "{store: {columns: {accepted_at: null}}}",
                "store.columns.accepted_at: expected the name of a column, found null; the reconciler cannot work without it"
            ),
            (
                "{store: {columns: {updated_at: 'Created_At'}}}",
                "store.columns.updated_at: updated_at and accepted_at are the same column; map one of them to another "
                    + "or to null"
            ),
            (
                "{store: {service_types: ['ALIMTALK'], columns: {service_type: null}}}",
                "store.service_types: expected null, as store.columns.service_type is mapped to null: name the column, or "
                    + "leave this out"
            ),
            (
                "{store: {service_types: []}}",
                "store.service_types: expected a list of at least one word, or null, found a list"
            ),
            (
                "{store: {service_types: 'ALIMTALK'}}",
                "store.service_types: expected a list of at least one word, or null, found \"ALIMTALK\""
            ),
            (
                "{store: {service_types: ['']}}",
                "store.service_types: expected a text that is not empty and has no control characters, found a list"
            ),
            (
                "{store: {columns: {scheduled_at: 'created_at'}}}",
                "store.columns.scheduled_at: scheduled_at and accepted_at are the same column; map one of them to another "
                    + "or to null"
            ),
            (
                "{store: {columns: {status: ''}}}",
                "store.columns.status: expected a text that is not empty and has no control characters, found \"\""
            ),
            (
                "{api: {generation: 'omni', client_id: 'x'}}",
                "api.client_password_file: missing; generation \"omni\" needs it"
            ),
        ])
    func whatDoesNotFitTogetherIsNamed(text: String, problem: String) {
        #expect(problems(text) == ["config.json5:1: \(problem)"])
    }

    @Test("the message key may be the ID") func theMessageKeyMayBeTheID() throws {
        #expect(try settings("{store: {columns: {id: 'k', message_key: 'k'}}}").store.columns.messageKey == "k")
    }

    @Test("a refused value is not compared with others") func aRefusedValueIsNotComparedWithOthers() {
        #expect(problems("{reconcile: {after: 'soon', stale_after: '5m', retry: {max: 1, first: '9h'}}}").count == 2)
    }

    @Test(
        "an unknown key is named with the nearest",
        arguments: [
            ("{reconsile: {}}", "reconsile: unknown key; did you mean reconcile?"),
            ("{api: {baseUrl: 'x'}}", "api.baseUrl: unknown key; did you mean base_url?"),
            (
                "{api: {'request-per-second': 1}}",
                "api.\"request-per-second\": unknown key; did you mean requests_per_second?"
            ),
            ("{log: {colour: 1}}", "log.colour: unknown key; known here: format, level"),
            ("{log: {'': 1}}", "log.\"\": unknown key; known here: format, level"),
            ("{log: {'a\\nb': 1}}", "log.\"a\\u{a}b\": unknown key; known here: format, level"),
            (
                "{alerts: {sinks: [{type: 'log', url: 'https://hunter2'}]}}",
                "alerts.sinks[0].url: unknown key; known here: min_severity, name, type"
            ),
            (
                "{reconcile: {retry: {maximum: '1h'}}}",
                "reconcile.retry.maximum: unknown key; did you mean max?"
            ),
        ])
    func anUnknownKeyIsNamedWithTheNearest(text: String, problem: String) {
        #expect(problems(text) == ["config.json5:1: \(problem)"])
    }

    @Test("a key written twice is an error") func aKeyWrittenTwiceIsAnError() {
        let text = "{\n  api: { burst: 1,\n    'burst': 2 },\n  log: {},\n  \"log\": {},\n}"
        #expect(
            problems(text) == [
                "config.json5:3: api.burst: written twice, first on line 2; keep one",
                "config.json5:5: log: written twice, first on line 4; keep one",
            ])
    }

    @Test(
        "everything is reported together in the order of the file", arguments: ["\n", "\r\n", "\r"], ["", "\u{feff}"])
    func everythingIsReportedTogetherInTheOrderOfTheFile(end: String, mark: String) {
        let text =
            mark
            + [
                "// burst: 0", "{", "  /* api:", "     none */", "  log: { format: 'xml',", "    'level': 3, },",
                "  \"api\": {", "    burst: // here", "      0,", "    oops: 1 },", "  alerts: { sinks: [",
                "    { type: 'log' },",
                "    { type: 'fax' },", "    {", "      type: 'log' },", "  ] },", "}",
            ].joined(separator: end)
        #expect(
            problems(text) == [
                "config.json5:5: log.format: expected \"logfmt\" or \"json\", found \"xml\"",
                "config.json5:6: log.level: expected \"debug\" or \"info\" or \"warn\" or \"error\", found 3",
                "config.json5:8: api.burst: expected a positive number, found 0",
                "config.json5:10: api.oops: unknown key; \(apiKeys)",
                "config.json5:13: alerts.sinks[1].type: expected \"log\", \"slack\", \"jandi\", \"webhook\", "
                    + "\"alertmanager\", \"pagerduty\", \"command\", found \"fax\"",
                "config.json5:14: alerts.sinks[2].name: a second sink named \"log\"; give one of them another name",
            ])
    }

    private let apiKeys =
        "known here: base_url, burst, ca_file, client_id, client_password_file, connect_timeout, generation, key_file, "
        + "max_in_flight, proxy, report_method, requests_per_second, timeout"
}
