/// One request to the provider about the messages it names.
package enum Question: Hashable, Sendable {
    /// The reports of a message: `report/inquiry`. Lists only channels whose outcome is known.
    case reports(MessageKey)
    /// The state of a message on every channel: `message/inquiry/msgKey`. Generation `comm` only.
    case channels(MessageKey)
    /// The same for all messages of one send: `message/inquiry/requestId`. Generation `comm` only.
    case request(RequestID)

    /// The message asked about, if it is one.
    package var key: MessageKey? {
        switch self {
        case .reports(let key), .channels(let key): key
        case .request: nil
        }
    }

    package var endpoint: Endpoint {
        switch self {
        case .reports: .reportInquiry
        case .channels: .messageStatus
        case .request: .requestStatus
        }
    }
}
