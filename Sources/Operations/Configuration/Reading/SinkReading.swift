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
        let minimumSeverity = reader.choice("min_severity", otherwise: Settings.Severity.info)
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
            guard let address = reader.sinkAddress(isOurs: false) else { return nil }
            self = .slack(address)
        case .jandi:
            guard let address = reader.sinkAddress(isOurs: false) else { return nil }
            self = .jandi(address)
        case .webhook:
            guard let address = reader.sinkAddress(isOurs: true) else { return nil }
            self = .webhook(address)
        case .alertmanager:
            guard let address = reader.sinkAddress(isOurs: true) else { return nil }
            self = .alertmanager(address)
        case .pagerduty:
            let url = reader.sinkURL(isOurs: false)
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
    /// - Parameter isOurs: the receiver is one that people run themselves; see `SinkKind.allowsPlainHTTP`, `takesPassword`.
    fileprivate func sinkURL(isOurs: Bool) -> Secret? {
        optional("url", otherwise: nil, hidden: true) { value throws(Refusal) in
            guard case .string(let text) = value else { throw .expected("a URL") }
            let address = try WebAddress.ofSink(text, allowsPlainHTTP: isOurs, takesPassword: isOurs)
            if address.isReadableOnTheWay {
                warning("url", "http: alerts can be read and changed on their way; use https where it leaves the host")
            }
            return Secret(text)
        }
    }

    /// One of `url` and `url_file`.
    fileprivate func sinkAddress(isOurs: Bool) -> Settings.SinkAddress? {
        let url = sinkURL(isOurs: isOurs)
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
