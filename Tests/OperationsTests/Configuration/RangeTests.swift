import Ledger
import Reconciliation
import Testing

@testable import Operations

/// Each rule about one value, by breaking it.
@Suite struct RangeTests {
    @Test(
        "a value out of range is named with what was expected",
        arguments: [
            (
                "{api: {requests_per_second: 'fast'}}",
                "api.requests_per_second: expected a positive number, found \"fast\""
            ),
            ("{api: {requests_per_second: 0}}", "api.requests_per_second: expected a positive number, found 0"),
            ("{api: {requests_per_second: -1.5}}", "api.requests_per_second: expected a positive number, found -1.5"),
            (
                "{api: {requests_per_second: Infinity}}",
                "api.requests_per_second: expected a positive number, found inf"
            ),
            ("{api: {requests_per_second: NaN}}", "api.requests_per_second: expected a positive number, found nan"),
            ("{api: {requests_per_second: null}}", "api.requests_per_second: expected a positive number, found null"),
            ("{api: {burst: 0}}", "api.burst: expected a positive number, found 0"),
            ("{api: {burst: true}}", "api.burst: expected a positive number, found true"),
            ("{api: {max_in_flight: 0}}", "api.max_in_flight: expected a whole number from 1 to 10000, found 0"),
            ("{api: {max_in_flight: 1.5}}", "api.max_in_flight: expected a whole number from 1 to 10000, found 1.5"),
            (
                "{api: {max_in_flight: 1e300}}",
                "api.max_in_flight: expected a whole number from 1 to 10000, found 1e+300"
            ),
            ("{api: {max_in_flight: '4'}}", "api.max_in_flight: expected a whole number from 1 to 10000, found \"4\""),
            ("{api: {generation: 'comma'}}", "api.generation: expected \"comm\" or \"omni\", found \"comma\""),
            ("{api: {generation: 1}}", "api.generation: expected \"comm\" or \"omni\", found 1"),
            (
                "{api: {report_method: 'WEBHOOK'}}",
                "api.report_method: expected \"webhook\" or \"polling\", found \"WEBHOOK\""
            ),
            ("{api: {timeout: '0s'}}", "api.timeout: expected a duration longer than 0, found \"0s\""),
            (
                "{api: {connect_timeout: []}}",
                "api.connect_timeout: expected a duration such as \"500ms\", \"30s\", \"10m\", \"72h\" or \"7d\", found a list"
            ),
            ("{api: {ca_file: ''}}", "api.ca_file: expected the path of a file, found \"\""),
            ("{api: []}", "api: expected an object { … }, found a list"),
            (
                "{http: {listen: 8089}}",
                "http.listen: expected \"127.0.0.1:8089\", \"[::1]:8089\", \"unix:PATH\" or \"systemd\", found 8089"
            ),
            ("{reconcile: null}", "reconcile: expected an object { … }, found null"),
            ("{reconcile: {interval: '0ms'}}", "reconcile.interval: expected a duration longer than 0, found \"0ms\""),
            (
                "{reconcile: {interval: 60}}",
                "reconcile.interval: expected a duration such as \"500ms\", \"30s\", \"10m\", \"72h\" or \"7d\", found 60"
            ),
            (
                "{reconcile: {interval: '1 minute'}}",
                "reconcile.interval: expected a duration such as \"500ms\", \"30s\", \"10m\", \"72h\" or \"7d\", "
                    + "found \"1 minute\""
            ),
            (
                "{reconcile: {interval: '40000d'}}",
                "reconcile.interval: expected a duration of at most \"36500d\", found \"40000d\""
            ),
            ("{reconcile: {window: '0d'}}", "reconcile.window: expected a duration longer than 0, found \"0d\""),
            (
                "{reconcile: {window: '31d'}}",
                "reconcile.window: expected a duration of at most \"30d\", found \"31d\""
            ),
            (
                "{reconcile: {retry: {factor: 0.99}}}",
                "reconcile.retry.factor: expected a number of at least 1, found 0.99"
            ),
            (
                "{reconcile: {retry: {jitter: 1.01}}}",
                "reconcile.retry.jitter: expected a number from 0 to 1, found 1.01"
            ),
            (
                "{reconcile: {retry: {jitter: -0.1}}}",
                "reconcile.retry.jitter: expected a number from 0 to 1, found -0.1"
            ),
            (
                "{reconcile: {retry: {first: '0s'}}}",
                "reconcile.retry.first: expected a duration longer than 0, found \"0s\""
            ),
            ("{store: {path: ':memory:'}}", "store.path: expected the path of a file, found something else (a URL?)"),
            ("{store: {path: null}}", "store.path: expected the path of a file, found null"),
            (
                "{store: {table: ''}}",
                "store.table: expected a text that is not empty and has no control characters, found \"\""
            ),
            (
                "{store: {table: 'a\\u0000'}}",
                "store.table: expected a text that is not empty and has no control characters, found \"a\\u{0}\""
            ),
            (
                "{store: {table: 'Reconciler_outbox'}}",
                "store.table: expected the application's table; reconciler_… and sqlite_… are not its own"
            ),
            (
                "{store: {time_format: 'ISO'}}",
                "store.time_format: expected \"iso8601\" or \"unix\" or \"unix_ms\", found \"ISO\""
            ),
            (
                "{store: {time_zone: 'Europe/Berlin'}}",
                "store.time_zone: expected an offset such as \"+09:00\", \"Z\", or \"Asia/Seoul\", found \"Europe/Berlin\""
            ),
            (
                "{store: {busy_timeout: '2h'}}",
                "store.busy_timeout: expected a duration of at most \"1h\", found \"2h\""
            ),
            ("{store: {create_index: 'yes'}}", "store.create_index: expected true or false, found \"yes\""),
            (
                "{store: {audit_retention: '0s'}}",
                "store.audit_retention: expected a duration longer than 0, found \"0s\""
            ),
            ("{alerts: {repeat_every: '0s'}}", "alerts.repeat_every: expected a duration longer than 0, found \"0s\""),
            ("{alerts: {language: 'kr'}}", "alerts.language: expected \"en\" or \"ko\", found \"kr\""),
            (
                "{alerts: {pending_aging_after: '0s'}}",
                "alerts.pending_aging_after: expected a duration longer than 0, found \"0s\""
            ),
            (
                "{alerts: {backlog_above: -1}}",
                "alerts.backlog_above: expected a whole number from 0 to 1000000000, found -1"
            ),
            (
                "{alerts: {failure_rate: {share: -0.1}}}",
                "alerts.failure_rate.share: expected a number from 0 to 1, found -0.1"
            ),
            (
                "{alerts: {failure_rate: {window: '8d'}}}",
                "alerts.failure_rate.window: expected a duration of at most \"7d\", found \"8d\""
            ),
            (
                "{alerts: {slow_reports: {at_least: 0}}}",
                "alerts.slow_reports.at_least: expected a whole number from 1 to 1000000000, found 0"
            ),
            (
                "{alerts: {slow_reports: {after: '0s'}}}",
                "alerts.slow_reports.after: expected a duration longer than 0, found \"0s\""
            ),
            (
                "{alerts: {slow_reports: {window: '169h'}}}",
                "alerts.slow_reports.window: expected a duration of at most \"7d\", found \"169h\""
            ),
            ("{alerts: {webhook_gap: {share: 2}}}", "alerts.webhook_gap.share: expected a number from 0 to 1, found 2"),
            (
                "{alerts: {webhook_gap: {at_least: 0}}}",
                "alerts.webhook_gap.at_least: expected a whole number from 1 to 1000000000, found 0"
            ),
            (
                "{alerts: {webhook_gap: {window: '0s'}}}",
                "alerts.webhook_gap.window: expected a duration longer than 0, found \"0s\""
            ),
            ("{alerts: {sinks: {}}}", "alerts.sinks: expected a list [ … ], found an object"),
            ("{heartbeat: {interval: '0s'}}", "heartbeat.interval: expected a duration longer than 0, found \"0s\""),
            (
                "{heartbeat: {url_file: 'https://hc.example/uuid'}}",
                "heartbeat.url_file: expected the path of a file, found something else (a URL?)"
            ),
            ("{metrics: {textfile: 5}}", "metrics.textfile: expected the path of a file, found 5"),
            ("{status_page: {file: ''}}", "status_page.file: expected the path of a file, found \"\""),
            (
                "{log: {level: 'trace'}}",
                "log.level: expected \"debug\" or \"info\" or \"warn\" or \"error\", found \"trace\""
            ),
            ("{log: {format: 'text'}}", "log.format: expected \"logfmt\" or \"json\", found \"text\""),
        ])
    func aValueOutOfRangeIsNamedWithWhatWasExpected(text: String, problem: String) {
        #expect(problems(text) == ["config.json5:1: \(problem)"])
    }

    @Test(
        "a time zone is seconds east of UTC",
        arguments: [
            ("Z", 0), ("+09:00", 32_400), ("Asia/Seoul", 32_400), ("-03:30", -12_600), ("+00:00", 0),
            ("+14:00", 50_400),
        ])
    func aTimeZoneIsSecondsEastOfUTC(text: String, seconds: Int) throws {
        #expect(try settings("{store: {time_zone: '\(text)'}}").store.utcOffset == seconds)
        #expect(try settings("{time_zone: '\(text)'}").zone == Zone(secondsEastOfUTC: seconds))
    }

    @Test(
        "any other time zone is refused",
        arguments: [
            "", "z", "UTC", "+9:00", "+0900", "09:00", "+14:01", "+09:60", "+0x:00", "+09:00 ", "asia/seoul", "＋09:00",
        ])
    func anyOtherTimeZoneIsRefused(text: String) {
        #expect(problems("{store: {time_zone: '\(text)'}}").count == 1)
        #expect(problems("{time_zone: '\(text)'}").count == 1)
    }

    @Test("long values are cut and stay on one line") func longValuesAreCutAndStayOnOneLine() {
        let found = problems("{log: {level: 'a\\nb\\u001b\\u202e\(String(repeating: "x", count: 500))'}}")
        #expect(found.count == 1)
        #expect(found[0].contains("\"a\\u{a}b\\u{1b}\\u{202e}xxx"))
        #expect(found[0].hasSuffix("…\""))
        #expect(!found[0].contains("\n"))
        #expect(found[0].utf8.count < 200)
    }
}
