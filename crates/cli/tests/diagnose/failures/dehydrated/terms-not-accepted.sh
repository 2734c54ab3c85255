# Nobody has agreed to the terms.
# message: terms-not-agreed
# today: unknown
mkdir -p /var/lib/dehydrated/acme-challenges
echo example.com >/etc/dehydrated/domains.txt
dehydrated --register
