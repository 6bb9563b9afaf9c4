import Testing

@testable import Operations

@Suite struct AddressTests {
    @Test(arguments: [
        "https://mars.ibapi.kr", "https://sandbox-mars.ibapi.kr/", "HTTPS://HOST:443/p", "http://localhost:8080",
        "http://127.0.0.1:1", "http://[::1]:9/x", "https://[2001:db8::1]", "https://h_1.example.",
    ])
    func aBaseAddressIsAccepted(url: String) {
        #expect(problems("{api: {base_url: '\(url)'}}") == [])
    }

    @Test(arguments: [
        ("http://mars.ibapi.kr", "expected https:// (http:// only to localhost, 127.0.0.1 or [::1])"),
        ("http://localhost.evil.example", "expected https:// (http:// only"),
        ("http://127.0.0.2", "expected https:// ("),
        ("http://localhost@evil.example", "expected https:// ("), ("ftp://h", "expected an https:// URL"),
        ("mars.ibapi.kr", "expected a URL with a scheme"), ("", "expected a URL with a scheme"),
        ("https:/h", "expected a URL with a scheme"), ("https://", "the host of the URL"), ("https:///p", "the host"),
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

    @Test(arguments: ["http://p:3128", "https://p", "socks5h://u:pw@p:1080", "http://[::1]:1/"])
    func aProxyIsAccepted(url: String) throws {
        #expect(try settings("{api: {proxy: '\(url)'}}").api.proxy?.reveal() == url)
    }

    @Test(arguments: ["p:3128", "ftp://p", "http://u:hunter2@p/path", "http://p?hunter2", "hunter2"])
    func anyOtherProxyIsRefusedAndNotShown(url: String) {
        let found = problems("{api: {proxy: '\(url)'}}")
        #expect(found.count == 1)
        #expect(found.first?.contains("hunter2") == false)
    }

    @Test(arguments: ["slack", "jandi"])
    func plainHTTPLeavesTheMachineForNoChatService(type: String) {
        #expect(problems("{alerts: {sinks: [{type: '\(type)', url: 'http://h.example/x'}]}}").count == 1)
        #expect(problems("{alerts: {sinks: [{type: '\(type)', url: 'http://localhost/x'}]}}") == [])
    }

    @Test(arguments: ["webhook", "alertmanager"])
    func plainHTTPIsAWarningWhereItIsAllowed(type: String) throws {
        let remote = try settings("{alerts: {sinks: [\n{type: '\(type)', url: 'http://h.example'}]}}")
        #expect(remote.warnings.count == 1)
        #expect(remote.warnings.first?.description.hasPrefix("config.json5:2: alerts.sinks[0].url: http:") == true)
        #expect(try settings("{alerts: {sinks: [{type: '\(type)', url: 'http://[::1]:1'}]}}").warnings == [])
        #expect(try settings("{alerts: {sinks: [{type: '\(type)', url: 'https://h.example'}]}}").warnings == [])
    }

    @Test(arguments: ["webhook", "alertmanager"])
    func aUserAndAPasswordAreTakenWhereTheyMayBeAskedFor(type: String) {
        for text in ["u:p", "u", "u%40x:%ED%95%9C", "a@b:c"] {
            #expect(problems("{alerts: {sinks: [{type: '\(type)', url: 'https://\(text)@h.example/x'}]}}") == [])
        }
        for text in ["", ":", "hunter2%", "u:hunter2%0a", "u%3a:hunter2"] {
            let found = problems("{alerts: {sinks: [{type: '\(type)', url: 'https://\(text)@h.example/x'}]}}")
            #expect(found.count == 1 && found.first?.contains("sinks[0].url: ") == true)
            #expect(found.first?.contains("@") == true && found.first?.contains("hunter2") == false)
        }
    }

    @Test(arguments: ["slack", "jandi", "pagerduty"])
    func elsewhereTheyAreRefused(type: String) {
        let more = type == "pagerduty" ? ", routing_key_file: '/k'" : ""
        let found = problems("{alerts: {sinks: [{type: '\(type)', url: 'https://u:hunter2@h.example/x'\(more)}]}}")
        #expect(found.count == 1 && found.first?.contains("sinks[0].url: a URL with a user or password") == true)
        #expect(found.first?.contains("take them and the @ out") == true && found.first?.contains("hunter2") == false)
    }
}
