/// Codes of the service layer the simulator answers with, and the HTTP status documented for each.
enum ServiceCode: String, Sendable {
    case success = "A000"
    case tokenOutOfDate = "A001"
    case unreadableJSON = "A010"
    case unmappableJSON = "A011"
    case rateLimit = "A020"
    case credentials = "A100"
    case wrongRequest = "A213"
    case serviceType = "A219"
    case wrongSend = "A300"
    case duplicate = "A301"
    case idempotencyKey = "A308"
    case idempotencyTTL = "A309"
    case tooManyRecipients = "A318"
    case pollingNotPermitted = "A801"
    case reportId = "A802"
    case noData = "A820"

    var status: Int {
        switch self {
        case .success: 200
        case .tokenOutOfDate, .credentials: 401
        case .rateLimit: 429
        case .reportId: 403
        default: 400
        }
    }

    var text: String {
        switch self {
        case .success: "Success"
        case .tokenOutOfDate: "Token expired"
        case .credentials: "Wrong credentials"
        case .unreadableJSON: "Cannot parse JSON"
        case .unmappableJSON: "Cannot map JSON"
        case .rateLimit: "Ratelimit(TPS) exceeded"
        case .wrongRequest: "Wrong request"
        case .serviceType: "Invalid serviceType"
        case .wrongSend: "Wrong send request"
        case .duplicate: "Already processed"
        case .idempotencyKey: "Invalid idempotencyKey"
        case .idempotencyTTL: "Invalid idempotencyTtl"
        case .tooManyRecipients: "More than 200 recipients"
        case .pollingNotPermitted: "No permission to poll reports"
        case .reportId: "Invalid report id"
        case .noData: "No such data"
        }
    }
}
