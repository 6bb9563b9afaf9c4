/// Turns outcomes into what each channel will report and when. Pure: the generator is passed in.
struct OutcomePlanner: Sendable {
    var weights: OutcomeWeights
    var failureCodes: [String]
    var uncertainCode: String
    var delay: DelayDistribution

    static let suspendedCode = "64008"

    /// The channels of a message accepted `at`; of `flow` only those that are going to be tried.
    func channels(
        _ outcome: PlannedOutcome, flow: [Channel], at: Int64, _ generator: inout SeededGenerator
    ) -> [ChannelPlan] {
        let first = flow.first ?? .alimtalk
        switch outcome {
        case .delivered: return [report(first, "10000", at, &generator)]
        case .failed: return [report(first, failure(&generator), at, &generator)]
        case .uncertain: return [report(first, uncertainCode, at, &generator)]
        case .inFlight: return [ChannelPlan(first, startsAt: at)]
        case .suspended: return [report(first, Self.suspendedCode, at, &generator)]
        case .fallbackDelivered, .fallbackFailed, .fallbackInFlight:
            let failed = report(first, failure(&generator), at, &generator)
            let second = flow.count > 1 ? flow[1] : .sms
            // The next channel starts the moment the one before reports: there is no instant at which message
            // status could be mistaken for "all channels failed".
            switch outcome {
            case .fallbackDelivered: return [failed, report(second, "10000", failed.visibleAt, &generator)]
            case .fallbackFailed: return [failed, report(second, "23001", failed.visibleAt, &generator)]
            default: return [failed, ChannelPlan(second, startsAt: failed.visibleAt)]
            }
        }
    }

    private func failure(_ generator: inout SeededGenerator) -> String {
        failureCodes.randomElement(using: &generator) ?? "64016"
    }

    private func report(
        _ channel: Channel, _ code: String, _ at: Int64, _ generator: inout SeededGenerator
    ) -> ChannelPlan {
        ChannelPlan(
            channel, startsAt: at, reportCode: code, reportText: Self.text(code),
            visibleAt: at + max(0, delay.sample(&generator)))
    }

    static func text(_ code: String) -> String {
        switch code {
        case "10000": "Success"
        case "64008": "No permission for this account"
        case "64016": "Not a KakaoTalk user"
        case "63005": "Receipt not confirmed"
        case "22003": "Handset power off"
        case "23001": "No such subscriber"
        default: "Report \(code)"
        }
    }
}
