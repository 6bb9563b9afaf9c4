internal import Reconciliation

extension Korean {
    func firing(_ alert: Alert, most: Int) -> String {
        let since = "\(time(alert.since))부터"
        let detail = detail(alert)
        switch alert.identity.name {
        case .accountRefused, .senderRefused, .deadLetters, .staleMessages, .lateReports:
            return firingOfMessages(alert, most: most)
        case .providerUnreachable:
            return "\(since) Bizgo에서 쓸 수 있는 응답이 오지 않습니다\(detail). 그동안 메시지를 확인할 수 없으나, 이 때문에 포기하는 "
                + "메시지는 없으며 조회는 자동으로 계속됩니다. 조치: 이 서버의 네트워크, 이름 해석, 프록시를 확인한 다음 "
                + "Bizgo 공지를 확인하십시오."
        case .providerRefused where alert.cause == .polling:
            return "\(since) 리포트를 가져올 수 없습니다(A801). Bizgo 콘솔에 이 키의 리포트 수신 방식이 WEBHOOK으로 되어 "
                + "있습니다. 메시지는 건별로 계속 확인하고 있습니다. 조치: Bizgo 콘솔에서 리포트 수신 방식을 POLLING으로 "
                + "바꾸거나, 설정의 api.report_method를 \"webhook\"으로 바꾸십시오."
        case .providerRefused:
            return "\(since) Bizgo가 키 또는 접속 주소를 거부하고 있습니다\(detail). 그동안 메시지를 확인할 수 없으나, "
                + "이 때문에 포기하는 메시지는 없습니다. 조치: Bizgo 콘솔에서 API 키가 유효한지, 이 서버의 IP 주소가 "
                + "등록되어 있는지 확인한 다음 bizgo-reconciler check를 실행하십시오."
        case .storeTrouble where Readable.isAboutRows(alert):
            return "\(since) 일부 메시지의 결과를 테이블이 받아들이지 않고 있습니다\(detail). 나머지는 모두 반영됩니다. 조치: "
                + "store.statuses가 테이블의 CHECK 제약과 트리거에 맞는지 확인하십시오. 자세한 내용은 bizgo-reconciler "
                + "status로 볼 수 있습니다."
        case .storeTrouble:
            return "\(since) 메시지 데이터베이스를 사용할 수 없습니다\(detail). 그동안 결과가 반영되지 않으나, 유실되는 "
                + "것은 없습니다. 조치: 디스크 여유 공간, 파일 권한, 파일을 점유한 다른 프로세스를 확인하십시오."
        case .sinkFailing:
            return "\(since) 알림 경로 \(Readable.sink(alert))에 알림이 전달되지 않고 있습니다\(detail). 알림은 보관되며, "
                + "경로가 복구되면 전달됩니다. 조치: \(remedy(alert.cause))"
        case .webhookGap:
            return "\(since) 결과가 확정된 메시지 중 웹훅이 아니라 조회로 확인한 비율이 너무 높습니다\(detail). 웹훅 경로에 "
                + "문제가 있어 결과가 늦게 반영되는 것으로 보입니다. 조치: 웹훅이 Bizgo에 등록되어 있는지, 수신 주소가 "
                + "200으로 응답하는지 확인하십시오."
        case .pendingAging:
            return "\(since) 너무 오래 대기 중인 메시지가 있습니다\(detail). 이 메시지들이 전달되었는지 아직 알 수 없습니다. "
                + "조치: bizgo-reconciler status로 Bizgo 상태와 마지막 주기를 확인하십시오."
        case .backlog:
            return "\(since) 대기 중인 메시지가 너무 많습니다\(detail). 결과가 늦게 반영됩니다. 조치: bizgo-reconciler "
                + "status를 확인하고, 웹훅이 들어오는지 보거나 계정 한도 안에서 requests_per_second를 높이십시오."
        case .rateLimited where alert.cause == .token:
            return "\(since) Bizgo가 토큰 요청에 429로 응답하고 있습니다\(detail). 토큰 요청이 너무 많습니다. 그동안 메시지를 확인할 수 "
                + "없으나 유실되는 것은 없으며, 약 1분마다 다시 요청합니다. 조치: api.client_id를 함께 쓰는 다른 프로그램을 찾으십시오."
        case .rateLimited:
            return "\(since) Bizgo가 요청 대부분에 429로 응답하고 있습니다\(detail). 확인이 느려지나, 유실되는 것은 "
                + "없습니다. 조치: requests_per_second를 낮추거나, 계정 한도를 함께 쓰는 다른 프로그램을 찾으십시오."
        case .cycleOverrun:
            return "\(since) 처리 주기가 설정된 간격의 다섯 배보다 오래 걸리고 있습니다\(detail). 결과가 늦게 반영됩니다. 조치: "
                + "bizgo-reconciler status를 확인하고, bizgo-reconciler check로 인덱스가 있는지 확인하십시오."
        case .unreadableRows:
            return "\(since) 메시지 테이블의 일부 행을 읽을 수 없습니다\(detail). 시각을 읽을 수 없는 메시지는 포기하지 않으며, 키를 "
                + "읽을 수 없는 메시지는 조회하지 않습니다. 조치: bizgo-reconciler check로 예시와 고칠 설정을 확인하십시오."
        case .clockJump:
            return "\(since) 이 서버의 시계가 크게 바뀌었습니다\(detail). 그 전에 접수된 메시지는 그만큼 늦게 포기하며, "
                + "로그의 시각이 틀릴 수 있습니다. 조치: 서버의 시각 동기화(NTP)를 확인하십시오."
        }
    }

    private func firingOfMessages(_ alert: Alert, most: Int) -> String {
        let count = messages(alert.count)
        let since = "\(time(alert.since))부터"
        switch alert.identity.name {
        case .accountRefused:
            return "\(labelledCode(alert)): \(since) 메시지 \(count)이 거부되었습니다. 이 계정의 모든 메시지가 거부되고 "
                + "있어 아무도 받지 못합니다. 조치: Bizgo 콘솔에서 계정 상태를 확인하거나 Bizgo 고객센터에 문의하십시오. "
                + "거부된 메시지는 원인을 해결한 뒤 애플리케이션에서 다시 보내야 합니다."
        case .senderRefused:
            return "\(labelledCode(alert)): \(since) 메시지 \(count)이 거부되었습니다. 이 발신자의 모든 메시지가 거부되고 "
                + "있습니다. 조치: Bizgo 콘솔에서 발신 프로필이나 발신 번호의 상태와 등록 여부를 확인하십시오. 거부된 "
                + "메시지는 원인을 해결한 뒤 애플리케이션에서 다시 보내야 합니다."
        case .deadLetters:
            return "\(since) 메시지 \(count)이 실패했습니다: \(reasonsAndCodes(alert, most: most)). 수신자는 메시지를 받지 "
                + "못했습니다. 조치: 특정 코드가 두드러지면 그 원인을 해결하십시오. 목록은 bizgo-reconciler list "
                + "--reason reported로 볼 수 있습니다."
        case .staleMessages:
            return "\(since) 메시지 \(count)의 확인을 포기했습니다: \(reasons(alert, most: most)). Bizgo에 조회했으나 최종 "
                + "결과가 없어 전달 여부를 알 수 없습니다. 조치: 예시 메시지를 Bizgo 고객센터에 문의하고, 그 전에는 다시 "
                + "보내지 마십시오. 목록은 bizgo-reconciler list --reason stale(또는 uncertain, unverifiable)로 볼 수 "
                + "있습니다."
        default:
            return "\(since) 실패로 처리했던 메시지 \(count)이 실제로는 전달된 것으로 확인되어 SENT로 바뀌었습니다. "
                + "애플리케이션이 다시 보냈다면 수신자가 두 번 받았을 수 있습니다. 조치: 보통은 필요하지 않습니다. 건수가 많으면 "
                + "stale_after를 늘리십시오."
        }
    }

    private func remedy(_ cause: AlertCause?) -> String {
        switch cause {
        case nil, .polling, .gone, .token: "수신 시스템이 동작하는지, 이 서버에서 접속할 수 있는지 확인하십시오. 그 밖의 조치는 필요 없습니다."
        case .address:
            "주소가 없어졌거나 잘못되었습니다. 수신 시스템에서 새 주소를 받아 url_file(또는 url)에 넣고 설정을 다시 불러온 다음 "
                + "bizgo-reconciler alert-test로 확인하십시오."
        case .key:
            "수신 시스템이 키 또는 주소를 거부합니다. 새로 발급받아 설정에 넣고 다시 불러온 다음 bizgo-reconciler "
                + "alert-test로 확인하십시오."
        case .content:
            "수신 시스템이 내용을 거부합니다. 경로의 type이 주소와 맞는지, 키가 올바른지 확인한 다음 bizgo-reconciler "
                + "alert-test로 확인하십시오."
        case .program:
            "프로그램을 실행할 수 없습니다. argv나 파일 권한을 바로잡은 다음 bizgo-reconciler check로 확인하십시오."
        }
    }
}
