internal import Reconciliation

extension Korean {
    func resolved(_ alert: Alert, most: Int) -> String {
        let count = messages(alert.count)
        let span = span(alert)
        switch alert.identity.name {
        case .accountRefused, .senderRefused:
            return "\(labelledCode(alert)): 메시지가 다시 전달되고 있습니다. \(span)에 \(count)이 거부되었습니다. 거부된 "
                + "메시지는 애플리케이션에서 다시 보낼 때까지 실패 상태로 남습니다. 목록은 bizgo-reconciler list "
                + "--reason reported로 볼 수 있습니다."
        case .deadLetters:
            return "더 이상 실패하는 메시지가 없습니다. \(span)에 \(count)이 실패했습니다: "
                + "\(reasonsAndCodes(alert, most: most))."
        case .staleMessages:
            return "더 이상 확인을 포기하는 메시지가 없습니다. \(span)에 \(count)을 포기했습니다: "
                + "\(reasons(alert, most: most))."
        case .lateReports: return "더 이상 늦게 확인되는 전달이 없습니다. \(span)에 \(count)이 있었습니다."
        case .providerUnreachable:
            return "Bizgo에서 쓸 수 있는 응답이 다시 옵니다. \(span)에 오지 않았으며, 밀린 메시지를 처리하고 있습니다."
        case .providerRefused where alert.cause == .polling:
            return "리포트를 다시 가져올 수 있거나, 더는 가져올 필요가 없습니다. \(span)에 가져올 수 없어 메시지를 건별로 "
                + "확인하였습니다."
        case .providerRefused:
            return "Bizgo가 더는 키와 접속 주소를 거부하지 않습니다. \(span)에 거부되었습니다. 아직 응답하지 않으면 "
                + "별도의 알림으로 알려 드립니다."
        case .storeTrouble where Readable.isAboutRows(alert):
            return "메시지 테이블의 모든 행을 다시 변경할 수 있거나, 더는 변경할 필요가 없습니다. \(span)에 일부를 변경할 수 "
                + "없었습니다."
        case .storeTrouble:
            return "메시지 데이터베이스를 다시 사용할 수 있습니다. \(span)에 사용할 수 없었으며, 밀린 메시지를 처리하고 "
                + "있습니다."
        case .sinkFailing where alert.cause == .gone:
            return "알림 경로 \(Readable.sink(alert))은(는) 더 이상 설정에 없습니다. \(span)에 알림이 전달되지 않았습니다."
        case .sinkFailing:
            return "알림 경로 \(Readable.sink(alert))에 알림이 다시 전달됩니다. \(span)에 전달되지 않았으며, 밀린 알림을 "
                + "전달하고 있습니다."
        case .webhookGap: return "웹훅이 다시 들어오고 있습니다. \(span)에 상당수의 웹훅이 누락되었습니다."
        case .pendingAging: return "너무 오래 대기 중인 메시지가 이제 없습니다. \(span)에 있었습니다."
        case .backlog: return "밀린 메시지를 모두 처리했습니다. \(span)에 대기 중인 메시지가 너무 많았습니다."
        case .rateLimited: return "Bizgo가 요청을 다시 받아들입니다. \(span)에 요청 대부분이 429로 거절되었습니다."
        case .cycleOverrun: return "처리 주기가 다시 제시간에 끝나고 있습니다. \(span)에 늦어졌습니다."
        case .unreadableRows: return "메시지 테이블의 모든 행을 읽을 수 있습니다. \(span)에 일부를 읽을 수 없었습니다."
        case .clockJump: return "이 서버의 시계가 다시 안정되었습니다. \(span)에 크게 바뀌었습니다."
        }
    }
}
