/// One channel of one message as an answer or a webhook shows it.
struct ReportView: Sendable, Equatable {
    var message: MessagePlan
    var channel: Int

    var plan: ChannelPlan { message.channels[channel] }

    /// The fields of a Report, in the order of the documentation.
    func write(to json: inout JSONWriter, textField: String, milliseconds: Bool = false) {
        let plan = plan
        json.object { json in
            json.field("msgKey", message.msgKey)
            json.field("serviceType", plan.channel.serviceType)
            json.field("msgType", plan.channel.messageType)
            json.time("sendTime", plan.sendTime ?? plan.startsAt, milliseconds: milliseconds)
            json.time("reportTime", plan.reportTime ?? plan.visibleAt, milliseconds: milliseconds)
            json.field("reportType", plan.channel.messageType)
            json.field("reportCode", plan.reportCode ?? "")
            json.field(textField, ifPresent: plan.reportText)
            if plan.channel.serviceType.hasSuffix("MS") { json.field("carrier", "10001") }
            json.field("ref", ifPresent: message.ref)
        }
    }

    /// The fields of a MessageStatus. Without a report by now there is no `reportCode`: still in flight.
    func writeStatus(to json: inout JSONWriter, textField: String, now: Int64) {
        let plan = plan
        json.object { json in
            json.field("msgKey", message.msgKey)
            json.field("serviceType", plan.channel.serviceType)
            json.field("msgType", plan.channel.messageType)
            json.field("to", message.to)
            json.field("fallback", channel > 0 ? "Y" : "N")
            json.field("responseCode", "A000")
            json.field("responseText", "Success")
            json.time("requestTime", message.acceptedAt)
            json.time("sendTime", plan.sendTime ?? plan.startsAt)
            if let code = plan.visibleCode(now: now) {
                json.time("reportTime", plan.reportTime ?? plan.visibleAt)
                json.field("reportType", plan.channel.messageType)
                json.field("reportCode", code)
                json.field(textField, ifPresent: plan.reportText)
                if plan.channel.serviceType.hasSuffix("MS") { json.field("carrier", "10001") }
            }
            json.field("ref", ifPresent: message.ref)
        }
    }
}
