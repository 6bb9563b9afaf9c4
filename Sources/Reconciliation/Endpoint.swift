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
}
