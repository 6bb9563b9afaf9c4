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

    package var path: String
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
    package var auditRetention = Duration.seconds(90 * 86_400)
    /// For `after`: how long a new message is left alone.
    package var policy: Policy
    package var alertRules: AlertRules
    package var sinks: [Sink] = []

    package init(
        path: String = "/var/lib/bizgo-reconciler/notifications.db", policy: Policy = Policy(),
        alertRules: AlertRules = AlertRules()
    ) {
        self.path = path
        self.policy = policy
        self.alertRules = alertRules
    }
}
