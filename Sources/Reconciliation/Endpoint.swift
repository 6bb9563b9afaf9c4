/// What is asked of the provider, and can fail by itself. The words are those of log lines and metrics.
package enum Endpoint: String, CaseIterable, Sendable {
    case reportInquiry = "report_inquiry"
    case messageStatus = "message_status"
    case requestStatus = "request_status"
    case history
    case polling
    case pollingAck = "polling_ack"
    /// What every other request needs. Generation `omni` only.
    case token

    /// Only saves requests. When it fails, the same is asked in another way, and the provider is not failing.
    package var isShortcut: Bool { self == .requestStatus || self == .history }

    /// Its place among all cases.
    var number: Int {
        switch self {
        case .reportInquiry: 0
        case .messageStatus: 1
        case .requestStatus: 2
        case .history: 3
        case .polling: 4
        case .pollingAck: 5
        case .token: 6
        }
    }
}
