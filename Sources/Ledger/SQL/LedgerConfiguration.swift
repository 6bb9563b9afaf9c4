package import Reconciliation

/// What the ledger must know of the application's table, and of how messages and alerts are treated.
package struct LedgerConfiguration: Hashable, Sendable {
    /// The application's columns; those that are nil are not touched.
    package struct Columns: Hashable, Sendable {
        package var messageKey = "external_id"
        package var status = "status"
        package var acceptedAt = "created_at"
        /// When a message is to leave that was reserved for later.
        package var scheduledAt: String?
        package var id: String? = "id"
        package var serviceType: String? = "service_type"
        package var reportCode: String? = "report_code"
        package var errorMessage: String? = "error_message"
        package var updatedAt: String? = "updated_at"

        package init() {}
    }

    /// The application's words.
    package struct Statuses: Hashable, Sendable {
        package var pending = "PENDING"
        package var sent = "SENT"
        package var deadLetter = "DEAD_LETTER"

        package init() {}
    }

    package enum TimeFormat: String, CaseIterable, Hashable, Sendable {
        case iso8601
        /// Seconds since 1970.
        case unix
        case unixMilliseconds = "unix_ms"
    }

    /// A configured alert sink, as far as the outbox must know it.
    package struct Sink: Hashable, Sendable {
        package var name: String
        package var minimumSeverity: AlertSeverity

        package init(name: String, minimumSeverity: AlertSeverity = .info) {
            self.name = name
            self.minimumSeverity = minimumSeverity
        }
    }

    /// Where the table's database is.
    package enum Place: Hashable, Sendable {
        /// An SQLite file.
        case file(String)
        case server(ServerAddress)

        /// For people.
        package var text: String {
            switch self {
            case .file(let path): path
            case .server(let address): address.text
            }
        }
    }

    package var place: Place
    package var table = "notification_history"
    package var columns = Columns()
    /// The words in the column `serviceType` that mark our rows; nil: all rows are ours.
    package var serviceTypes: [String]?
    package var statuses = Statuses()
    package var timeFormat = TimeFormat.iso8601
    /// Seconds east of UTC that a time without an offset means, and in which `updated_at` is written.
    package var utcOffset = KoreanTime.offset
    package var busyTimeout = Duration.seconds(5)
    /// Whether an index on the application's table may be made.
    package var createIndex = false
    /// Whether messages are to be found by their keys alone, as polled reports need it: then the key must have an index.
    package var findsByKey = false
    /// Whether the provider's reports come to the reconciler, so that the application settles nothing by itself.
    package var hasAllReports = false
    package var auditRetention = Duration.seconds(90 * 86_400)
    /// Between two cycles, which leases are timed by.
    package var interval = Duration.seconds(60)
    /// For `after`: how long a new message is left alone.
    package var policy: Policy
    package var alertRules: AlertRules
    package var sinks: [Sink] = []
    /// By which this process works at a server: every commit looks whether it still has it, or throws `superseded`. Nil: for a
    /// file, and for commands that work beside a daemon.
    package var lease: LeaseHold?

    package init(
        path: String = "/var/lib/bizgo-reconciler/notifications.db", policy: Policy = Policy(),
        alertRules: AlertRules = AlertRules()
    ) {
        place = .file(path)
        self.policy = policy
        self.alertRules = alertRules
    }
}
