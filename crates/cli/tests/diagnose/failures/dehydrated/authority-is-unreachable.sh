# No way leads to the authority.
# message: authority-unreachable
# today: unknown
mkdir -p /var/lib/dehydrated/acme-challenges
echo CA=https://127.0.0.1:1/dir >/etc/dehydrated/conf.d/ca.sh
echo example.com >/etc/dehydrated/domains.txt
dehydrated --register --accept-terms
