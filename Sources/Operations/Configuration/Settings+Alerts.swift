package import Engine
package import Reconciliation

extension Settings {
    /// When people are told, and how often.
    package struct Alerts: Sendable, Equatable {
        package var rules = AlertRules()
        package var limits = ConditionLimits()
        package var language = AlertLanguage.english
        package var sinks = [Sink(name: "log", kind: .log)]
    }
}

extension Settings.Alerts {
    init(_ reader: ObjectReader) {
        rules.groupWait = reader.duration("group_wait", otherwise: rules.groupWait, allowsZero: true)
        rules.repeatEvery = reader.duration("repeat_every", otherwise: rules.repeatEvery)
        rules.keepFiringFor = reader.duration("keep_firing_for", otherwise: rules.keepFiringFor, allowsZero: true)
        language = reader.choice("language", otherwise: language)
        limits.pendingAgingAfter = reader.duration("pending_aging_after", otherwise: limits.pendingAgingAfter)
        limits.backlogAbove = reader.integer("backlog_above", otherwise: limits.backlogAbove, in: 0...1_000_000_000)
        limits.webhookGap = WebhookGapLimit(reader.section("webhook_gap"))
        limits.failureRate = FailureRateLimit(reader.section("failure_rate"))
        limits.slowReports = SlowReportsLimit(reader.section("slow_reports"))
        readSinks(reader)
        reader.finish()
    }

    private mutating func readSinks(_ reader: ObjectReader) {
        guard let elements = reader.sections("sinks") else { return }
        if elements.isEmpty, reader.isSound("sinks") {
            reader.warning("sinks", "empty: nobody is told of any alert")
        }
        sinks = []
        for element in elements {
            guard let sink = Settings.Sink(element) else { continue }
            if sinks.contains(where: { $0.name == sink.name }) {
                element.problem(
                    "name", "a second sink named \(ConfigValue.quoted(sink.name)); give one of them another name")
            }
            sinks.append(sink)
        }
    }
}

extension WebhookGapLimit {
    fileprivate init(_ reader: ObjectReader) {
        self.init()
        share = reader.share(otherwise: share)
        atLeast = reader.atLeast(otherwise: atLeast)
        window = reader.duration("window", otherwise: window)
        reader.finish()
    }
}

extension FailureRateLimit {
    fileprivate init(_ reader: ObjectReader) {
        self.init()
        share = reader.share(otherwise: share)
        atLeast = reader.atLeast(otherwise: atLeast)
        window = reader.duration("window", otherwise: window, atMost: Self.longestWindow)
        reader.finish()
    }
}

extension SlowReportsLimit {
    fileprivate init(_ reader: ObjectReader) {
        self.init()
        share = reader.share(otherwise: share)
        after = reader.duration("after", otherwise: after)
        atLeast = reader.atLeast(otherwise: atLeast)
        window = reader.duration("window", otherwise: window, atMost: Self.longestWindow)
        reader.finish()
    }
}

extension ObjectReader {
    fileprivate func share(otherwise: Double) -> Double {
        number("share", otherwise: otherwise, "a number from 0 to 1") { (0...1).contains($0) }
    }

    /// Of messages.
    fileprivate func atLeast(otherwise: Int) -> Int {
        integer("at_least", otherwise: otherwise, in: 1...1_000_000_000)
    }
}

extension Settings {
    /// Somebody to tell.
    package struct Sink: Sendable, Equatable {
        /// Unique; the type's name where the file gives none.
        package var name: String
        package var minimumSeverity = AlertSeverity.info
        package var kind: SinkKind
    }

    /// How somebody is told.
    package enum SinkKind: Sendable, Equatable {
        case log
        case slack(SinkAddress)
        case jandi(SinkAddress)
        case webhook(SinkAddress)
        /// The base address; `/api/v2/alerts` is appended.
        case alertmanager(SinkAddress)
        /// `url` only for tests; nil is the service's own.
        case pagerduty(routingKeyFile: String, url: Secret?)
        /// The program and its arguments.
        case command([String])
    }

    /// Where a sink's address is.
    package enum SinkAddress: Sendable, Equatable {
        case inline(Secret)
        case file(String)
    }
}

extension Settings.SinkKind {
    /// The address of those that have one.
    package var address: Settings.SinkAddress? {
        switch self {
        case .slack(let address), .jandi(let address), .webhook(let address), .alertmanager(let address): address
        case .pagerduty(_, let url): url.map(Settings.SinkAddress.inline)
        case .log, .command: nil
        }
    }

    /// Whether the receiver is one that people run themselves: it may ask for a user and a password, and plain `http` may
    /// leave the machine, for what it is sent stays inside a company's network.
    var isOwn: Bool {
        switch self {
        case .webhook, .alertmanager: true
        default: false
        }
    }
}

extension Settings.Sink {
    /// The sink that one element of `alerts.sinks` describes; nil after reporting what is wrong with it.
    init?(_ reader: ObjectReader) {
        let type: SinkType? = reader.value("type", otherwise: nil) { value throws(Refusal) in
            guard case .string(let text) = value, let type = SinkType(rawValue: text) else {
                throw .expected(SinkType.allNames)
            }
            return type
        }
        guard let type else {
            if reader.member("type") == nil { reader.problem("type", "missing; expected \(SinkType.allNames)") }
            return nil
        }
        let name = reader.word("name", otherwise: type.rawValue)
        let minimumSeverity = reader.choice("min_severity", otherwise: AlertSeverity.info)
        let kind = Settings.SinkKind(type, reader)
        reader.finish()
        guard let kind else { return nil }
        self.init(name: name, minimumSeverity: minimumSeverity, kind: kind)
    }
}

/// What a sink's `type` may say.
private enum SinkType: String, CaseIterable {
    case log, slack, jandi, webhook, alertmanager, pagerduty, command

    static let allNames = allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
}

extension Settings.SinkKind {
    fileprivate init?(_ type: SinkType, _ reader: ObjectReader) {
        switch type {
        case .log:
            self = .log
        case .slack:
            guard let address = reader.sinkAddress(isOwn: false) else { return nil }
            self = .slack(address)
        case .jandi:
            guard let address = reader.sinkAddress(isOwn: false) else { return nil }
            self = .jandi(address)
        case .webhook:
            guard let address = reader.sinkAddress(isOwn: true) else { return nil }
            self = .webhook(address)
        case .alertmanager:
            guard let address = reader.sinkAddress(isOwn: true) else { return nil }
            self = .alertmanager(address)
        case .pagerduty:
            let url = reader.sinkURL(isOwn: false)
            guard let file = reader.optionalFile("routing_key_file", hidden: true) else {
                reader.reportMissing("routing_key_file", "the file that holds the routing key")
                return nil
            }
            self = .pagerduty(routingKeyFile: file, url: url)
        case .command:
            guard let arguments = reader.arguments() else { return nil }
            self = .command(arguments)
        }
    }
}

extension ObjectReader {
    /// - Parameter isOwn: as `SinkKind.isOwn`.
    fileprivate func sinkURL(isOwn: Bool) -> Secret? {
        optional("url", otherwise: nil, hidden: true) { value throws(Refusal) in
            guard case .string(let text) = value else { throw .expected("a URL") }
            let address = try WebAddress.ofSink(text, allowsPlainHTTP: isOwn, takesPassword: isOwn)
            if address.isReadableOnTheWay {
                warning("url", "http: alerts can be read and changed on their way; use https where it leaves the host")
            }
            return Secret(text)
        }
    }

    /// One of `url` and `url_file`.
    fileprivate func sinkAddress(isOwn: Bool) -> Settings.SinkAddress? {
        let url = sinkURL(isOwn: isOwn)
        let file = optionalFile("url_file", hidden: true)
        guard isSound("url", "url_file") else { return nil }
        switch (url, file) {
        case (nil, nil):
            problem("url_file", "missing; this sink needs url_file (a file that holds its address) or url")
            return nil
        case (.some, .some):
            problem("url", "both url and url_file are given; keep one")
            return nil
        case (let url?, nil): return .inline(url)
        case (nil, let file?): return .file(file)
        }
    }

    fileprivate func reportMissing(_ key: String, _ what: String) {
        if isSound(key) { problem(key, "missing; expected \(what)") }
    }

    /// `argv`: never shown, people put tokens there.
    fileprivate func arguments() -> [String]? {
        let arguments: [String]? = optional("argv", otherwise: nil, hidden: true) { value throws(Refusal) in
            guard case .array(let elements) = value, !elements.isEmpty else {
                throw .expected("a list of at least one text")
            }
            var arguments: [String] = []
            for element in elements {
                guard case .string(let text) = element.value, !text.utf8.contains(0) else {
                    throw .because("expected a list of texts; one of them is something else")
                }
                arguments.append(text)
            }
            guard !arguments[0].isEmpty else { throw .because("the first element is the program and cannot be empty") }
            return arguments
        }
        if arguments == nil { reportMissing("argv", "a list: the program and its arguments") }
        return arguments
    }
}
