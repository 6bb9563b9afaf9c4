/// The generations of the API that are spoken, on the same port.
enum Generation: Sendable, CaseIterable {
    /// A key, and two layers around every answer.
    case comm
    /// A token for a client's id and password, and one flat layer. Inquiry and polling only.
    case omni

    var prefix: String {
        switch self {
        case .comm: "/api/comm/v1/"
        case .omni: "/v1/"
        }
    }

    func has(_ endpoint: Endpoint) -> Bool {
        switch self {
        case .comm: endpoint != .token
        case .omni: [.token, .reportInquiry, .polling, .pollingAck].contains(endpoint)
        }
    }
}
