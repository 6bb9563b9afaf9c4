extension ProviderModel {
    struct StatisticsQuery: Sendable {
        /// Times of acceptance.
        var times: Range<Int64>
        var serviceType: String?
        var groupKey: String?
    }

    /// What is counted of one day.
    struct DayCounts: Sendable, Equatable {
        /// Midnight in Korea.
        var day: Int64
        var accepted = 0
        var refused = 0
        var delivered = 0
        var failed = 0
    }

    /// A recipient who was not accepted.
    struct Refusal: Sendable {
        var at: Int64
        var serviceType: String
        var groupKey: String?
    }

    /// The days on which anything was sent, in their order.
    mutating func statistics(_ query: StatisticsQuery, now: Int64) -> [DayCounts] {
        order.sort(messages)
        let now = now - configuration.statisticsDelayMilliseconds
        let times = query.times.clamped(to: Int64.min..<now + 1)
        var days: [Int64: DayCounts] = [:]
        func count(_ time: Int64, _ body: (inout DayCounts) -> Void) {
            let day = KoreanTime.startOfDay(time)
            body(&days[day, default: DayCounts(day: day)])
        }
        for position in order.positions(messages, within: times) {
            let index = order.sorted[position]
            guard query.groupKey == nil || messages[index].groupKey == query.groupKey else { continue }
            let counted = messages[index].counts(configuration.statisticsCount, of: query.serviceType, now: now)
            guard counted.accepted > 0 else { continue }
            count(messages[index].acceptedAt) { $0.add(counted) }
        }
        for refusal in refusals where times.contains(refusal.at) {
            guard query.groupKey == nil || refusal.groupKey == query.groupKey,
                query.serviceType == nil || refusal.serviceType == query.serviceType
            else { continue }
            count(refusal.at) { $0.refused += 1 }
        }
        return days.values.sorted { $0.day < $1.day }
    }
}

extension ProviderModel.DayCounts {
    fileprivate mutating func add(_ other: Self) {
        accepted += other.accepted
        delivered += other.delivered
        failed += other.failed
    }

    /// An entry of the answer.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("statDate", String(KoreanTime.compact(day).prefix(8)))
            json.field("recvTotalCnt", accepted + refused)
            json.field("recvSuccCnt", accepted)
            json.field("recvFailCnt", refused)
            json.field("reportTotalCnt", delivered + failed)
            json.field("reportSuccCnt", delivered)
            json.field("reportFailCnt", failed)
        }
    }
}

extension MessagePlan {
    /// - Parameter serviceType: what does not belong to it is not counted; nil = all.
    fileprivate func counts(
        _ unit: SimulatorConfiguration.StatisticsCount, of serviceType: String?, now: Int64
    ) -> ProviderModel.DayCounts {
        var counts = ProviderModel.DayCounts(day: 0)
        switch unit {
        case .messages:
            guard serviceType == nil || channels.first?.channel.serviceType == serviceType else { return counts }
            let codes = channels.map { $0.visibleCode(now: now) }
            counts.accepted = 1
            counts.delivered = codes.contains("10000") ? 1 : 0
            counts.failed = counts.delivered == 0 && !codes.contains(nil) ? 1 : 0
        case .channels:
            for channel in channels where channel.startsAt <= now {
                guard serviceType == nil || channel.channel.serviceType == serviceType else { continue }
                counts.accepted += 1
                guard let code = channel.visibleCode(now: now) else { continue }
                if code == "10000" { counts.delivered += 1 } else { counts.failed += 1 }
            }
        }
        return counts
    }
}
