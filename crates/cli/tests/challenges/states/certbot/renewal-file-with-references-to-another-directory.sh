# A path refers to another one, and the site has moved away from there.
# renewal: 404
# nginx: keeps the old certificate
# says: challenge-directory-wrong
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
mkdir -p /srv/old
file=/etc/letsencrypt/renewal/example.com.conf
sed -i 's,/var/www/html,%(www)s,' $file
sed -i '1i www = /srv/old' $file
