/// What one channel of a message does, and when it becomes visible. Times are milliseconds since 1970.
package struct ChannelPlan: Sendable, Equatable {
    /// The channel.
    package var channel: Channel
    /// From then on the channel is listed by message status: tried, in flight.
    package var startsAt: Int64
    /// The report's code; nil = no report will ever come.
    package var reportCode: String?
    /// The report's text.
    package var reportText: String?
    /// From then on the report can be had. Meaningless without a code.
    package var visibleAt: Int64
    /// What the report says about when it was sent; nil = `startsAt`.
    package var sendTime: Int64?
    /// What the report says about when it was made; nil = `visibleAt`.
    package var reportTime: Int64?

    /// Plans a channel; without a code it stays in flight for ever.
    package init(
        _ channel: Channel, startsAt: Int64, reportCode: String? = nil, reportText: String? = nil,
        visibleAt: Int64? = nil, sendTime: Int64? = nil, reportTime: Int64? = nil
    ) {
        self.channel = channel
        self.startsAt = startsAt
        self.reportCode = reportCode
        self.reportText = reportText
        self.visibleAt = visibleAt ?? startsAt
        self.sendTime = sendTime
        self.reportTime = reportTime
    }

    /// The report's code where there is a report by now.
    func visibleCode(now: Int64) -> String? {
        visibleAt <= now ? reportCode : nil
    }
}
