import Glibc
import Testing

@testable import Operations

@Suite struct SinkSecretTests {
    private func resolver(_ files: [String: String]) -> SecretResolver {
        SecretResolver(
            environment: [:],
            files: FileReader { path in
                guard let text = files[path] else { return .failure(.system(ENOENT)) }
                return .success(FileContent(bytes: Array(text.utf8), mode: 0o600, owner: 1000))
            })
    }

    private func sink(_ text: String) throws -> Settings.Sink {
        try settings("{alerts: {sinks: [\(text)]}}").alerts.sinks[0]
    }

    @Test func anAddressComesFromTheFileOrTheConfiguration() throws {
        let resolver = resolver(["/u": "https://hooks.example/T0/B0?x\n"])
        #expect(
            try resolver.address(of: sink("{type: 'slack', url_file: '/u'}"))?.reveal()
                == "https://hooks.example/T0/B0?x")
        #expect(try resolver.address(of: sink("{type: 'webhook', url: 'https://h'}"))?.reveal() == "https://h")
        #expect(try resolver.address(of: sink("{type: 'log'}")) == nil)
        #expect(try resolver.address(of: sink("{type: 'command', argv: ['x']}")) == nil)
        #expect(try resolver.address(of: sink("{type: 'pagerduty', routing_key_file: '/r'}")) == nil)
    }

    @Test func aRoutingKeyComesFromItsFile() throws {
        let resolver = resolver(["/r": "R0UTE"])
        #expect(try resolver.routingKey(of: sink("{type: 'pagerduty', routing_key_file: '/r'}"))?.reveal() == "R0UTE")
        #expect(try resolver.routingKey(of: sink("{type: 'log'}")) == nil)
    }

    @Test(arguments: [
        ("slack", "http://hooks.example/hunter2", "in /u: expected https://"),
        ("slack", "hunter2", "in /u: expected a URL"),
        ("slack", "https://h/a b hunter2", "/u has white space"), ("slack", "", "/u is empty"),
        ("webhook", "https://h/#hunter2", "in /u: a URL with a fragment"),
    ])
    func anAddressInAFileIsCheckedToo(type: String, text: String, reason: String) throws {
        let sink = try sink("{type: '\(type)', name: 'ops', url_file: '/u'}")
        let inspection = resolver(["/u": text, "/pw": "x"]).inspect(only(sink))
        #expect(inspection.problems.count == 1)
        #expect(inspection.problems[0].description.hasPrefix("alerts.sinks[\"ops\"].url_file: \(reason)"))
        #expect(!inspection.problems[0].description.contains("hunter2"))
    }

    @Test func anInspectionFindsEverything() throws {
        var settings = try settings(
            """
            {api: {key_file: '/none'}, heartbeat: {url_file: '/http'}, alerts: {sinks: [{type: 'log'},
             {type: 'webhook', url_file: '/http'}, {type: 'slack', url_file: '/http'},
             {type: 'pagerduty', routing_key_file: '/none'}]}}
            """)
        let resolver = resolver(["/http": "http://h.example", "/p": "pw"])
        let inspection = resolver.inspect(settings)
        #expect(
            inspection.problems.map(\.key) == [
                "api.key_file", "alerts.sinks[\"slack\"].url_file", "alerts.sinks[\"pagerduty\"].routing_key_file",
                "heartbeat.url_file",
            ])
        #expect(inspection.warnings.map(\.key) == ["alerts.sinks[\"webhook\"].url_file"])

        settings.api.generation = .omni
        settings.api.clientPasswordFile = "/p"
        #expect(!resolver.inspect(settings).problems.contains { $0.key.hasPrefix("api") })
        #expect(try resolver.clientPassword(settings.api).reveal() == "pw")
        settings.api.clientPasswordFile = nil
        #expect(resolver.inspect(settings).problems.first?.key == "api.client_password_file")
    }

    /// Settings with one sink, and a key that is there.
    private func only(_ sink: Settings.Sink) -> Settings {
        var settings = Settings()
        settings.api.generation = .omni
        settings.api.clientPasswordFile = "/pw"
        settings.alerts.sinks = [sink]
        return settings
    }
}
