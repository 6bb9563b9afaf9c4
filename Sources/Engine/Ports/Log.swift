/// Takes events for the people who read the log.
@EventLoop
package protocol Log: AnyObject, Sendable {
    func write(_ event: LogEvent)
}

/// In rising order.
package enum LogLevel: String, CaseIterable, Comparable, Sendable {
    case debug
    case info
    case warn
    case error

    package static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warn: 2
        case .error: 3
        }
    }
}

package enum LogValue: Hashable, Sendable {
    case string(String)
    case integer(Int)
    case double(Double)
    case boolean(Bool)
}

package struct LogField: Hashable, Sendable {
    package var key: String
    package var value: LogValue

    package init(_ key: String, _ value: LogValue) {
        self.key = key
        self.value = value
    }
}

package struct LogEvent: Hashable, Sendable {
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
