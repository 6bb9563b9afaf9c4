import Testing

@testable import Operations

@Suite struct SinkTests {
    @Test(arguments: [
        ("{}", "alerts.sinks[0].type: missing; expected \"log\", \"slack\""),
        ("{type: null}", "alerts.sinks[0].type: expected \"log\""), ("{type: 'sms'}", "found \"sms\""),
        ("5", "alerts.sinks[0]: expected an object { … }, found a number"),
        ("{type: 'slack'}", "alerts.sinks[0].url_file: missing; this sink needs url_file"),
        ("{type: 'slack', url: null, url_file: null}", "alerts.sinks[0].url_file: missing"),
        ("{type: 'jandi', url: 'https://h', url_file: '/f'}", "alerts.sinks[0].url: both url and url_file are given"),
        ("{type: 'webhook', url: 'https://h/#hunter2'}", "alerts.sinks[0].url: a URL with a fragment"),
        ("{type: 'webhook', url: ['hunter2']}", "alerts.sinks[0].url: expected a URL, found a list"),
        ("{type: 'webhook', url_file: 'https://hunter2'}", "alerts.sinks[0].url_file: expected the path of a file"),
        ("{type: 'alertmanager'}", "alerts.sinks[0].url_file: missing"),
        ("{type: 'pagerduty'}", "alerts.sinks[0].routing_key_file: missing; expected the file that holds"),
        (
            "{type: 'pagerduty', routing_key_file: 5}",
            "alerts.sinks[0].routing_key_file: expected the path of a file, found a number"
        ),
        ("{type: 'pagerduty', routing_key_file: '/f', url: 'http://h'}", "alerts.sinks[0].url: expected https://"),
        (
            "{type: 'pagerduty', routing_key: 'hunter2', routing_key_file: '/f'}",
            "alerts.sinks[0].routing_key: unknown key; did you mean routing_key_file?"
        ),
        ("{type: 'command'}", "alerts.sinks[0].argv: missing; expected a list"),
        ("{type: 'command', argv: null}", "alerts.sinks[0].argv: missing"),
        ("{type: 'command', argv: []}", "alerts.sinks[0].argv: expected a list of at least one text, found a list"),
        (
            "{type: 'command', argv: 'hunter2'}",
            "alerts.sinks[0].argv: expected a list of at least one text, found a string"
        ),
        ("{type: 'command', argv: ['x', 2]}", "alerts.sinks[0].argv: expected a list of texts; one of them"),
        ("{type: 'command', argv: ['x', 'hunter2\\0']}", "alerts.sinks[0].argv: expected a list of texts; one of them"),
        ("{type: 'command', argv: ['', 'hunter2']}", "alerts.sinks[0].argv: the first element is the program"),
        ("{type: 'log', name: ''}", "alerts.sinks[0].name: expected a text that is not empty"),
        (
            "{type: 'log', min_severity: 'high'}",
            "alerts.sinks[0].min_severity: expected \"info\" or \"warning\" or \"error\" or \"critical\", found \"high\""
        ),
    ])
    func aSinkThatCannotWorkIsNamed(sink: String, problem: String) {
        let found = problems("{\nalerts: {sinks: [\n\(sink)]}}")
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix("config.json5:3: ") == true)
        #expect(found.first?.contains(problem) == true, "\(found)")
        #expect(found.first?.contains("hunter2") == false)
    }

    @Test(arguments: ["webhook", "alertmanager"]) func plainHTTPMayLeaveTheMachineWithAWarning(type: String) throws {
        let far = try settings("{alerts: {sinks: [{type: '\(type)', url: 'http://alerts.example:9093'}]}}")
        #expect(far.warnings.map(\.key) == ["alerts.sinks[0].url"])
        #expect(try settings("{alerts: {sinks: [{type: '\(type)', url: 'http://127.0.0.1:1'}]}}").warnings == [])
    }

    @Test(arguments: ["slack", "jandi"]) func plainHTTPOfOthersMayNot(type: String) throws {
        let found = problems("{alerts: {sinks: [{type: '\(type)', url: 'http://chat.example/hunter2'}]}}")
        #expect(found.count == 1 && found[0].contains("expected https://"), "\(found)")
        #expect(try settings("{alerts: {sinks: [{type: '\(type)', url: 'http://localhost:1'}]}}").warnings == [])
    }

    @Test func noSinkIsAllowedWithAWarning() throws {
        let settings = try settings("{alerts: {sinks: []}}")
        #expect(settings.alerts.sinks == [])
        #expect(settings.warnings.map(\.key) == ["alerts.sinks"])
    }

    @Test func addressesAreNotPrinted() throws {
        let settings = try settings(
            "{api: {proxy: 'http://u:hunter2@p'}, alerts: {sinks: [{type: 'slack', url: 'https://h/hunter2'}]}}")
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!dumped.contains("hunter2"))
        #expect(!"\(settings)".contains("hunter2"))
        #expect(!String(reflecting: settings).contains("hunter2"))
    }
}
