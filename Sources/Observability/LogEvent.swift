/// How much an event matters.
package enum LogLevel: Int, Sendable, Comparable {
    case debug, info, warn, error

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

/// What a field says.
package enum LogValue: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case double(Double)
    case boolean(Bool)
}

/// One `key=value` of an event.
package struct LogField: Sendable, Equatable {
    package var key: String
    package var value: LogValue

    package init(_ key: String, _ value: LogValue) {
        self.key = key
        self.value = value
    }
}

/// Something that happened, for the log. Never holds personal data or secrets.
package struct LogEvent: Sendable, Equatable {
    package var level: LogLevel
    /// `message.sent`
    package var name: String
    /// In the order in which they are written.
    package var fields: [LogField]

    package init(_ level: LogLevel, _ name: String, _ fields: [LogField] = []) {
        self.level = level
        self.name = name
        self.fields = fields
    }
}
