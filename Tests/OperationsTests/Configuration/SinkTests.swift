import Reconciliation
import Testing

@testable import Operations

@Suite struct SinkTests {
    @Test(
        "a sink that cannot work is named",
        arguments: [
            ("{}", "alerts.sinks[0].type: missing; expected \"log\", \"slack\""),
            ("{type: null}", "alerts.sinks[0].type: expected \"log\""), ("{type: 'sms'}", "found \"sms\""),
            ("5", "alerts.sinks[0]: expected an object { … }, found a number"),
            ("{type: 'slack'}", "alerts.sinks[0].url_file: missing; this sink needs url_file"),
            ("{type: 'slack', url: null, url_file: null}", "alerts.sinks[0].url_file: missing"),
            (
                "{type: 'jandi', url: 'https://h', url_file: '/f'}",
                "alerts.sinks[0].url: both url and url_file are given"
            ),
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
            (
                "{type: 'command', argv: ['x', 'hunter2\\0']}",
                "alerts.sinks[0].argv: expected a list of texts; one of them"
            ),
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

    @Test("plain HTTP may leave the machine with a warning", arguments: ["webhook", "alertmanager"])
    func plainHTTPMayLeaveTheMachineWithAWarning(type: String) throws {
        let far = try settings("{alerts: {sinks: [{type: '\(type)', url: 'http://alerts.example:9093'}]}}")
        #expect(far.warnings.map(\.key) == ["alerts.sinks[0].url"])
        #expect(try settings("{alerts: {sinks: [{type: '\(type)', url: 'http://127.0.0.1:1'}]}}").warnings == [])
    }

    @Test("plain HTTP of others may not", arguments: ["slack", "jandi"])
    func plainHTTPOfOthersMayNot(type: String) throws {
        let found = problems("{alerts: {sinks: [{type: '\(type)', url: 'http://chat.example/hunter2'}]}}")
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.contains("expected https://") == true, "\(found)")
        #expect(try settings("{alerts: {sinks: [{type: '\(type)', url: 'http://localhost:1'}]}}").warnings == [])
    }

    @Test("no sink is allowed with a warning") func noSinkIsAllowedWithAWarning() throws {
        let settings = try settings("{alerts: {sinks: []}}")
        #expect(settings.alerts.sinks == [])
        #expect(settings.warnings.map(\.key) == ["alerts.sinks"])
    }

    @Test("addresses are not printed") func addressesAreNotPrinted() throws {
        let settings = try settings(
            "{api: {proxy: 'http://u:hunter2@p'}, alerts: {sinks: [{type: 'slack', url: 'https://h/hunter2'}]}}")
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!dumped.contains("hunter2"))
        #expect(!"\(settings)".contains("hunter2"))
        #expect(!String(reflecting: settings).contains("hunter2"))
    }
}

@Suite struct AddressTests {
    @Test(
        "a base address is accepted",
        arguments: [
            "https://mars.ibapi.kr", "https://sandbox-mars.ibapi.kr/", "HTTPS://HOST:443/p", "http://localhost:8080",
            "http://127.0.0.1:1", "http://[::1]:9/x", "https://[2001:db8::1]", "https://h_1.example.",
        ])
    func aBaseAddressIsAccepted(url: String) {
        #expect(problems("{api: {base_url: '\(url)'}}") == [])
    }

    @Test(
        "any other is refused and not shown",
        arguments: [
            ("http://mars.ibapi.kr", "expected https:// (http:// only to localhost, 127.0.0.1 or [::1])"),
            ("http://localhost.evil.example", "expected https:// (http:// only"),
            ("http://127.0.0.2", "expected https:// ("),
            ("http://localhost@evil.example", "expected https:// ("), ("ftp://h", "expected an https:// URL"),
            ("mars.ibapi.kr", "expected a URL with a scheme"), ("", "expected a URL with a scheme"),
            ("https:/h", "expected a URL with a scheme"), ("https://", "the host of the URL"),
            ("https:///p", "the host"),
            ("https://a..b", "the host"), ("https://-x y", "visible ASCII"), ("https://h\\\\x", "visible ASCII"),
            ("https://예.kr", "visible ASCII"), ("https://h:0", "the port"), ("https://h:65536", "the port"),
            ("https://h:+80", "the port"), ("https://h:", "the port"), ("https://[::1", "the host"),
            ("https://[]", "the host"),
            ("https://u:hunter2@h", "a user or password"), ("https://h/?k=hunter2", "no query"),
            ("https://h/#hunter2", "no fragment"),
        ])
    func anyOtherIsRefusedAndNotShown(url: String, reason: String) {
        let found = problems("{api: {base_url: '\(url)'}}")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("config.json5:1: api.base_url: ") == true)
        #expect(found.first?.contains(reason) == true, "\(found)")
        #expect(found.first?.contains("hunter2") == false)
    }

    @Test("a proxy is accepted", arguments: ["http://p:3128", "https://p", "socks5h://u:pw@p:1080", "http://[::1]:1/"])
    func aProxyIsAccepted(url: String) throws {
        #expect(try settings("{api: {proxy: '\(url)'}}").api.proxy?.reveal() == url)
    }

    @Test(
        "any other proxy is refused and not shown",
        arguments: ["p:3128", "ftp://p", "http://u:hunter2@p/path", "http://p?hunter2", "hunter2"])
    func anyOtherProxyIsRefusedAndNotShown(url: String) {
        let found = problems("{api: {proxy: '\(url)'}}")
        #expect(found.count == 1)
        #expect(found.first?.contains("hunter2") == false)
    }

    @Test("plain HTTP leaves the machine for no chat service", arguments: ["slack", "jandi"])
    func plainHTTPLeavesTheMachineForNoChatService(type: String) {
        #expect(problems("{alerts: {sinks: [{type: '\(type)', url: 'http://h.example/x'}]}}").count == 1)
        #expect(problems("{alerts: {sinks: [{type: '\(type)', url: 'http://localhost/x'}]}}") == [])
    }

    @Test("plain HTTP is a warning where it is allowed", arguments: ["webhook", "alertmanager"])
    func plainHTTPIsAWarningWhereItIsAllowed(type: String) throws {
        let remote = try settings("{alerts: {sinks: [\n{type: '\(type)', url: 'http://h.example'}]}}")
        #expect(remote.warnings.count == 1)
        #expect(remote.warnings.first?.description.hasPrefix("config.json5:2: alerts.sinks[0].url: http:") == true)
        #expect(try settings("{alerts: {sinks: [{type: '\(type)', url: 'http://[::1]:1'}]}}").warnings == [])
        #expect(try settings("{alerts: {sinks: [{type: '\(type)', url: 'https://h.example'}]}}").warnings == [])
    }

    @Test("a user and a password are taken where they may be asked for", arguments: ["webhook", "alertmanager"])
    func aUserAndAPasswordAreTakenWhereTheyMayBeAskedFor(type: String) {
        for text in ["u:p", "u", "u%40x:%ED%95%9C", "a@b:c"] {
            #expect(problems("{alerts: {sinks: [{type: '\(type)', url: 'https://\(text)@h.example/x'}]}}") == [])
        }
        for text in ["", ":", "hunter2%", "u:hunter2%0a", "u%3a:hunter2"] {
            let found = problems("{alerts: {sinks: [{type: '\(type)', url: 'https://\(text)@h.example/x'}]}}")
            #expect(found.count == 1)
            #expect(found.first?.contains("sinks[0].url: ") == true)
            #expect(found.first?.contains("@") == true)
            #expect(found.first?.contains("hunter2") == false)
        }
    }

    @Test("elsewhere they are refused", arguments: ["slack", "jandi", "pagerduty"])
    func elsewhereTheyAreRefused(type: String) {
        let more = type == "pagerduty" ? ", routing_key_file: '/k'" : ""
        let found = problems("{alerts: {sinks: [{type: '\(type)', url: 'https://u:hunter2@h.example/x'\(more)}]}}")
        #expect(found.count == 1)
        #expect(found.first?.contains("sinks[0].url: a URL with a user or password") == true)
        #expect(found.first?.contains("take them and the @ out") == true)
        #expect(found.first?.contains("hunter2") == false)
    }
}
