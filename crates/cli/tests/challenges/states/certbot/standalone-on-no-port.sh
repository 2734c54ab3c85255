# There are fewer ports than that.
# renewal: port must be 0-65535
# nginx: keeps the old certificate
# says: renewal-file-broken
systemctl stop nginx
certbot certonly --standalone --domain example.com
systemctl start nginx
sed -i 's/^authenticator/http01_port = 99999\n&/' /etc/letsencrypt/renewal/example.com.conf
enable tls
