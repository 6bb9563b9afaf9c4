package import Reconciliation

/// The generations of the provider's API that can be spoken (`api.generation`). What they have in common, nearly all
/// of an answer, is written once; what tells them apart is here.
package enum Generation: Sendable {
    /// Current: a key, and an envelope of two layers.
    case comm
    /// v1, still deployed: a token for a client's id and password, and a flat envelope of the service's codes.
    case omni(clientID: String)

    /// What it has of the API.
    package var endpoints: Set<Endpoint> {
        switch self {
        case .comm: Set(Endpoint.allCases).subtracting([.token])
        case .omni: [.token, .reportInquiry, .polling, .pollingAck]
        }
    }

    var prefix: String {
        switch self {
        case .comm: "/api/comm/v1"
        case .omni: "/v1"
        }
    }

    /// Whether a gateway speaks before the service does.
    var hasGateway: Bool {
        switch self {
        case .comm: true
        case .omni: false
        }
    }

    /// Where to look when the provider lets nobody in.
    var accessHint: String {
        switch self {
        case .comm: "The key works only from the IP addresses registered for it"
        case .omni: "See api.client_id and api.client_password_file"
        }
    }

    /// - Returns: nil when the bytes are no JSON object. Of an object what is not as documented is left out.
    func envelope(in body: [UInt8]) -> Envelope? {
        guard let root = JSONDocument(body)?.root, root.isObject else { return nil }
        return switch self {
        // {"common":{"authCode","authResult","infobankTrId"},"data":{"code","result","data":…}}
        case .comm: Envelope(common: root.member("common"), service: root.member("data"))
        // {"code","result","data":…}
        case .omni: Envelope(common: nil, service: root)
        }
    }
}
