internal import HTTP

// The answers to questions about the whole account: statistics, sender profiles, sanctions.
extension Gateway {
    mutating func statistics(_ request: ServerRequest, _ envelope: Envelope, _ now: Int64) -> ServerResponse {
        guard let first = request.parameter("startDate").flatMap(KoreanTime.day),
            let last = request.parameter("endDate").map(KoreanTime.day) ?? first, first <= last
        else { return failure(.wrongRequest, envelope) }
        var query = ProviderModel.StatisticsQuery(times: first..<last + KoreanTime.dayMilliseconds)
        query.serviceType = request.parameter("serviceType")
        query.groupKey = request.parameter("groupKey")
        guard query.serviceType.map(Self.serviceTypes.contains) ?? true else { return failure(.serviceType, envelope) }
        let days = model.statistics(query, now: now)
        if days.isEmpty { return nothing(envelope, list: "statistics") }
        return envelope.success { json in
            json.array("statistics") { json in
                for day in days { day.write(to: &json) }
            }
        }
    }

    func senderProfile(_ request: ServerRequest, _ envelope: Envelope) -> ServerResponse {
        guard let key = Self.senderKey(request) else { return failure(.senderKey, envelope) }
        guard let sender = model.senders[key] else { return nothingOfKakao(envelope) }
        return envelope.success { json in
            json.object("kakao") { sender.writeProfile(to: &$0, senderKey: key) }
        }
    }

    func senderSanction(_ request: ServerRequest, _ envelope: Envelope) -> ServerResponse {
        guard let key = Self.senderKey(request) else { return failure(.senderKey, envelope) }
        guard let day = request.parameter("date").flatMap(KoreanTime.day) else {
            return failure(.wrongRequest, envelope)
        }
        guard let sanction = model.senders[key]?.sanction(of: day, configuration.sanctionDate) else {
            return nothingOfKakao(envelope)
        }
        return envelope.success { json in
            json.object("kakao") { sanction.write(to: &$0, senderKey: key) }
        }
    }

    private static func senderKey(_ request: ServerRequest) -> String? {
        request.parameter("senderKey").flatMap { $0.isEmpty ? nil : $0 }
    }

    private func nothingOfKakao(_ envelope: Envelope) -> ServerResponse {
        unsaid(envelope, list: "kakao")
            ?? (configuration.emptyAnswer == .a820
                ? failure(.noData, envelope) : envelope.success { $0.object("kakao") { _ in } })
    }
}
