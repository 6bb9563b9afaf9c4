extension Settings {
    /// Somebody to tell.
    package struct Sink: Sendable, Equatable {
        /// Unique; the type's name where the file gives none.
        package var name: String
        package var minimumSeverity: Severity
        package var kind: SinkKind

        package init(name: String, minimumSeverity: Severity = .info, kind: SinkKind) {
            self.name = name
            self.minimumSeverity = minimumSeverity
            self.kind = kind
        }
    }

    /// Of an alert, in rising order.
    package enum Severity: String, Sendable, CaseIterable {
        case info, warning, error, critical
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

    /// Whether the receiver may ask for a user and a password: those that people run themselves.
    package var takesPassword: Bool {
        switch self {
        case .webhook, .alertmanager: true
        default: false
        }
    }

    /// Whether plain `http` may leave the machine: what these send stays inside a company's network.
    package var allowsPlainHTTP: Bool {
        switch self {
        case .webhook, .alertmanager: true
        default: false
        }
    }
}
